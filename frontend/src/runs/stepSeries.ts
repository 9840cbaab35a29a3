/** One number a training step, in a growing array. Steps count from 1; a step without a value holds NaN. */
export class StepSeries {
  private buffer = new Float64Array(1024);
  private used = 0;

  /** How many steps are held, which is also the last step's number. */
  get length(): number {
    return this.used;
  }

  /** The values of steps 1 to `length`; a view, valid until the next write. */
  get values(): Float64Array {
    return this.buffer.subarray(0, this.used);
  }

  at(step: number): number {
    return step >= 1 && step <= this.used ? (this.buffer[step - 1] as number) : Number.NaN;
  }

  /** Writes the values of `firstStep` and the steps after it; steps left out before it become NaN. */
  write(firstStep: number, values: readonly (number | null)[]): void {
    const end = firstStep - 1 + values.length;
    this.reserve(end);
    if (firstStep - 1 > this.used) {
      this.buffer.fill(Number.NaN, this.used, firstStep - 1);
    }
    for (let index = 0; index < values.length; index++) {
      this.buffer[firstStep - 1 + index] = values[index] ?? Number.NaN;
    }
    this.used = Math.max(this.used, end);
  }

  /** Forgets every step after `step`. */
  truncate(step: number): void {
    this.used = Math.min(this.used, Math.max(0, step));
  }

  private reserve(size: number): void {
    if (size <= this.buffer.length) {
      return;
    }
    const larger = new Float64Array(Math.max(size, this.buffer.length * 2));
    larger.set(this.values);
    this.buffer = larger;
  }
}
