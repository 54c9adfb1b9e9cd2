import type { Settings } from './settings.js';

/** What a figure must be: of its first column, or of the first column's median over the second's. */
export interface Goal {
  of: 'value' | 'ratio';
  atLeast?: number;
  atMost?: number;
  /** Of all columns none may be better than the first. */
  first?: 'lowest' | 'highest';
}

export interface Row {
  name: string;
  unit: string;
  goal?: Goal;
  /** One value a round in each of the columns. */
  values: number[][];
}

/** A picture of some rows: a group of bars for each, a bar for each column. */
export interface Plot {
  title: string;
  /** What the bars mean; all rows have this unit. */
  unit: string;
  rows: string[];
  /** For values that are far apart. */
  logarithmic: boolean;
}

export type Say = (line: string) => void;

/** Something that is measured on two or more sides in alternating rounds. */
export interface Figure {
  name: string;
  measure(settings: Settings, say: Say): Promise<Result>;
}

/** The rows of one figure, filled round by round. */
export class Result {
  readonly rows: Row[] = [];
  readonly notes: string[] = [];
  readonly plots: Plot[] = [];
  /** Of the engine that it was measured on. */
  engineVersion = '';

  constructor(
    readonly name: string,
    readonly title: string,
    /** Ours first, and what the ratio is to second. */
    readonly columns: string[],
    private readonly say: Say,
  ) {}

  add(column: number, name: string, value: number, unit: string, goal?: Goal): void {
    let row = this.rows.find((known) => known.name === name);
    if (!row) this.rows.push((row = { name, unit, goal, values: this.columns.map(() => []) }));
    row.values[column]?.push(value);
    this.say(`  ${this.columns[column]}: ${name} ${Number(value.toPrecision(4))} ${unit}`);
  }

  plot(title: string, unit: string, rows: string[], { logarithmic = false } = {}): void {
    this.plots.push({ title, unit, rows, logarithmic });
  }

  note(line: string): void {
    this.notes.push(line);
    this.say(`  ${line}`);
  }
}
