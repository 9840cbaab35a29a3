import { useEffect } from "react";

/** Names the browser's tab after the page while it is shown. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Layerloom` : "Layerloom";
    return () => {
      document.title = "Layerloom";
    };
  }, [title]);
}
