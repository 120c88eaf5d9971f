/** What Prometheus has scraped: selector → values as promtool writes them, one every 15 s unless said otherwise. */
export type Series = Readonly<Record<string, string>>;

/** A moment in a story. */
export interface Moment {
  readonly series: Series;
  /** Which instances of the alert one looks at, where others fire, too: `service="auth-service"`. */
  readonly only?: string;
  /** When one looks, from the start: `5m`. */
  readonly at: string;
  /** Between two values of a series; 15 s unless given. */
  readonly interval?: string;
}

/** An alert proved. Every number in here is written out, so that a changed threshold or duration fails a case. */
export interface AlertCase {
  readonly alert: string;
  /** It fires, with these labels (besides its name) on each of its instances. */
  readonly fires: readonly (Moment & { readonly labels: readonly Readonly<Record<string, string>>[] })[];
  /** It stays silent where things are just good enough, or bad for just short enough. */
  readonly silent: readonly Moment[];
  /** It has fired and stops. `firedAt` is before `at`. Absent for the one that never may. */
  readonly resolves?: Moment & { readonly firedAt: string };
}

/** Something that is over or under a limit all the time, or just not. */
export interface Level {
  readonly alert: string;
  /** The series at a value. */
  readonly series: (value: string) => Series;
  /** Just beyond the threshold, and just on its safe side. */
  readonly bad: number;
  readonly good: number;
  /** Seconds that it must hold. */
  readonly seconds: number;
  readonly labels: readonly Readonly<Record<string, string>>[];
  readonly only?: string;
}

/** Seconds between two evaluations. */
const step = 15;

/** Proves an alert on a level: it fires after exactly its time, not a step before, and not for what is just good enough. */
export function level({ alert, series, bad, good, seconds, labels, only }: Level): AlertCase {
  const last = seconds / step;
  const look = only === undefined ? {} : { only };
  const always = (value: number): Series => series(`${value}x${last + 40}`);
  return {
    alert,
    fires: [{ series: always(bad), at: `${seconds}s`, labels, ...look }],
    silent: [
      ...(seconds === 0 ? [] : [{ series: always(bad), at: `${seconds - step}s`, ...look }]),
      { series: always(good), at: `${seconds + 10 * step}s`, ...look },
    ],
    resolves: {
      series: series(`${bad}x${last + 1} ${good}x40`),
      firedAt: `${seconds}s`,
      // Past what lookback and keep_firing_for hold on to, unless a case says otherwise.
      at: `${seconds + 10 * step}s`,
      ...look,
    },
  };
}
