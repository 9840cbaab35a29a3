import { useTranslation } from "react-i18next";
import type { Run } from "./api";

type Tone = "acc" | "ok" | "warn" | "bad" | undefined;

const TONES: Record<Run["status"], Tone> = {
  queued: undefined,
  running: "acc",
  paused: "warn",
  succeeded: undefined,
  failed: "bad",
  cancelled: "warn",
};

export function toneOf(run: Pick<Run, "status">): Tone {
  return TONES[run.status];
}

/** The state of a run in a word, or what it is about to become. */
export function useStateName(): (run: Pick<Run, "status" | "requested">) => string {
  const { t } = useTranslation("runs");
  return (run) => {
    const leaving = run.requested && (run.status === "running" || run.status === "queued");
    return leaving ? t(`requested.${run.requested}`) : t(`status.${run.status}`);
  };
}
