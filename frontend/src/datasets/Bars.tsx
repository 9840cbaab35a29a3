interface BarsProps {
  counts: readonly number[];
  width: number;
  height: number;
  accent?: boolean;
}

/** A small histogram; bars start at zero. */
export function Bars({ counts, width, height, accent }: BarsProps) {
  if (counts.length === 0) return null;
  const most = Math.max(...counts, 1);
  const step = width / counts.length;
  const gap = Math.min(2, step * 0.15);
  return (
    <svg width={width} height={height} aria-hidden="true">
      {counts.map((count, index) => {
        const tall = count === 0 ? 0 : Math.max(1, (count / most) * height);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place.
            key={index}
            x={index * step}
            y={height - tall}
            width={step - gap}
            height={tall}
            rx={Math.min(1, step / 4)}
            fill={accent ? "var(--accent)" : "var(--chart-bar)"}
          />
        );
      })}
    </svg>
  );
}
