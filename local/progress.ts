/** Seconds between two lines of a step on something that is not a terminal. */
const lineEvery = 15;

/** Where progress goes. Standard error, so that standard output stays a command's result. */
export interface Progress {
  /** Runs a step, showing its name with the time it takes. `detail` may say what it waits for. */
  readonly step: <T>(name: string, run: (detail: (text: string) => void) => Promise<T>) => Promise<T>;
  readonly note: (text: string) => void;
}

/** Progress for people: one line per step, rewritten in place on a terminal. */
export function progressTo(stream: NodeJS.WriteStream): Progress {
  const terminal = stream.isTTY;
  const green = (text: string): string =>
    terminal && process.env["NO_COLOR"] === undefined ? `\x1b[32m${text}\x1b[0m` : text;
  const rewrite = (text: string): void =>
    void stream.write(`\r\x1b[2K${text.slice(0, Math.max(20, stream.columns - 1))}`);
  return {
    note: (text) => void stream.write(`${text}\n`),
    step: async (name, run) => {
      const start = performance.now();
      const elapsed = (): string => duration(performance.now() - start);
      let detail = "";
      let ticks = 0;
      const show = (): void => {
        const line = `  ${name} … ${elapsed()}${detail === "" ? "" : `: ${detail}`}`;
        ticks += 1;
        if (terminal) rewrite(line);
        else if (ticks % lineEvery === 0) stream.write(`${line}\n`);
      };
      if (terminal) rewrite(`  ${name} …`);
      const timer = setInterval(show, 1000);
      try {
        const result = await run((text) => {
          detail = text;
        });
        if (terminal) stream.write("\r\x1b[2K");
        stream.write(`${green("✓")} ${name} (${elapsed()})\n`);
        return result;
      } catch (error) {
        if (terminal) stream.write("\r\x1b[2K");
        stream.write(`✗ ${name} (${elapsed()})\n`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** No progress at all: for tests and `--json`. */
export const silent: Progress = {
  note: () => undefined,
  step: (_, run) => run(() => undefined),
};

/** `0.4 s`, `42 s`, `3 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
