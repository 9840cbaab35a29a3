import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { RunFeed } from "./runFeed";

/** Follows a run while the page shows it; a new `version` at most ten times a second. */
export function useRunFeed(runId: string): RunFeed | null {
  const { language } = useTranslation("runs").i18n;
  const [feed, setFeed] = useState<RunFeed | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: in another language the lines of the log are others.
  useEffect(() => {
    const opened = new RunFeed(runId);
    setFeed(opened);
    return () => opened.close();
  }, [runId, language]);
  useSyncExternalStore(feed?.subscribe ?? subscribeToNothing, () => feed?.version ?? 0);
  return feed;
}

const subscribeToNothing = () => () => undefined;
