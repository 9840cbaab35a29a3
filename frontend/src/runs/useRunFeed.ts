import { useEffect, useState, useSyncExternalStore } from "react";
import { RunFeed } from "./runFeed";

/** Follows a run while the page shows it; a new `version` at most ten times a second. */
export function useRunFeed(runId: string): RunFeed | null {
  const [feed, setFeed] = useState<RunFeed | null>(null);
  useEffect(() => {
    const opened = new RunFeed(runId);
    setFeed(opened);
    return () => opened.close();
  }, [runId]);
  useSyncExternalStore(feed?.subscribe ?? subscribeToNothing, () => feed?.version ?? 0);
  return feed;
}

const subscribeToNothing = () => () => undefined;
