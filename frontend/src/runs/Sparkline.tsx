interface SparklineProps {
  values: readonly number[];
  width: number;
  height: number;
  color: string;
  /** A tint below the line. */
  filled?: boolean;
}

/** A line without axes; the figure it belongs to stands beside it. */
export function Sparkline({ values, width, height, color, filled }: SparklineProps) {
  if (values.length < 2) return null;
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * width;
    const y = height - 2 - ((value - low) / range) * (height - 4);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join("L")}`;
  return (
    <svg width={width} height={height} aria-hidden="true">
      {filled && <path d={`${line}L${width} ${height}L0 ${height}Z`} fill={`var(${color})`} opacity={0.14} />}
      <path d={line} fill="none" stroke={`var(${color})`} strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  );
}
