import { spawn } from "node:child_process";

export interface Run {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds after which it is stopped. */
  readonly limit: number;
  /** Called with each line of output; of each stream by itself. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  /** -1 when it could not be started or was stopped, whatever it ended with then. */
  readonly code: number;
  /** Both streams, in the order they arrived. */
  readonly output: string;
}

/** Runs a program to its end, and stops it when it takes too long. It goes down with us. */
export function runProgram({ command, args, cwd, env, limit, onLine }: Run): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      // Characters of several bytes may come in two parts: the stream puts them together.
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        lines.forEach((line) => onLine?.(line));
      });
      stream.on("end", () => {
        if (rest !== "") onLine?.(rest);
      });
    }
    const kill = (): void => void child.kill("SIGTERM");
    let stopped = false;
    const timer = setTimeout(() => {
      stopped = true;
      output += `\nStopped after ${limit} s.`;
      kill();
    }, limit * 1000);
    process.once("exit", kill);
    const end = (code: number): void => {
      clearTimeout(timer);
      process.removeListener("exit", kill);
      resolve({ code, output });
    };
    child.on("error", (error) => {
      output += error.message;
      end(-1);
    });
    child.on("close", (code) => end(stopped ? -1 : (code ?? -1)));
  });
}

/** Whether there is a process of that id, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Resolves after so many milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
