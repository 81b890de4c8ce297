/** Notices that a regular sign of life fails to come. Framework-free. */
export class Quiet {
  private readonly afterMs: number;
  private readonly onChange: (quiet: boolean) => void;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private quiet = false;

  /** `onChange` is told when nothing came for `afterMs`, and when something comes after that. */
  constructor(afterMs: number, onChange: (quiet: boolean) => void) {
    this.afterMs = afterMs;
    this.onChange = onChange;
  }

  heard(): void {
    this.wait();
    if (!this.quiet) return;
    this.quiet = false;
    this.onChange(false);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.quiet = false;
  }

  private wait(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.quiet = true;
      this.onChange(true);
    }, this.afterMs);
  }
}
