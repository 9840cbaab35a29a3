import { useState } from "react";
import type { Axis } from "../runCurves";

/** What both charts of a run share. */
export interface ChartSettings {
  axis: Axis;
  /** The share of the past in the smoothed line, 0 to below 1. */
  smoothing: number;
}

const STORED = "layerloom.charts";
const DEFAULTS: ChartSettings = { axis: "epochs", smoothing: 0.98 };

/** The person's chart settings, kept from one visit to the next. */
export function useChartSettings(): [ChartSettings, (settings: ChartSettings) => void] {
  const [settings, setSettings] = useState<ChartSettings>(() => ({
    ...DEFAULTS,
    ...(JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<ChartSettings>),
  }));
  return [
    settings,
    (changed) => {
      localStorage.setItem(STORED, JSON.stringify(changed));
      setSettings(changed);
    },
  ];
}
