import type { Language } from "../i18n";

/** When something happened, as near as it matters: 14:01 today, "yesterday", 19 Nov, 19 Nov 2025. */
export function formatWhen(time: string, language: Language, now: Date = new Date()): string {
  const date = new Date(time);
  if (date.toDateString() === now.toDateString()) return formatTime(time, language);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (date.toDateString() === yesterday.toDateString()) {
    return new Intl.RelativeTimeFormat(localeOf(language), { numeric: "auto" }).format(-1, "day");
  }
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(localeOf(language), { day: "numeric", month: "short", year }).format(date);
}

/** The time of day: 14:01, or 14:01:08 with seconds. */
export function formatTime(time: string, language: Language, withSeconds = false): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    hour: "2-digit",
    minute: "2-digit",
    second: withSeconds ? "2-digit" : undefined,
    hourCycle: "h23",
  }).format(new Date(time));
}

/** Day and time: 19 Nov 2026, 14:01. */
export function formatDateTime(time: string, language: Language): string {
  const style = { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat(localeOf(language), style).format(new Date(time));
}

/** A duration for a column of them: 0:12, 11:22, 1:02:03. */
export function formatClock(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

function localeOf(language: Language): string {
  return language === "zh" ? "zh-CN" : "en-GB";
}
