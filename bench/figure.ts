import type { Settings } from './settings.js';

/** What a figure must be: of its first column, or of the first column's median over the second's. */
export interface Goal {
  of: 'value' | 'ratio';
  atLeast?: number;
  atMost?: number;
}

export interface Row {
  name: string;
  unit: string;
  goal?: Goal;
  /** One value a round in each of the two columns. */
  values: [number[], number[]];
}

export type Say = (line: string) => void;

/** Something that is measured on two sides in alternating rounds. */
export interface Figure {
  name: string;
  measure(settings: Settings, say: Say): Promise<Result>;
}

/** The rows of one figure, filled round by round. */
export class Result {
  readonly rows: Row[] = [];
  readonly notes: string[] = [];
  /** Of the engine that it was measured on. */
  engineVersion = '';

  constructor(
    readonly name: string,
    readonly title: string,
    readonly columns: [string, string],
    private readonly say: Say,
  ) {}

  add(column: 0 | 1, name: string, value: number, unit: string, goal?: Goal): void {
    let row = this.rows.find((known) => known.name === name);
    if (!row) this.rows.push((row = { name, unit, goal, values: [[], []] }));
    row.values[column].push(value);
    this.say(`  ${this.columns[column]}: ${name} ${Number(value.toPrecision(4))} ${unit}`);
  }

  note(line: string): void {
    this.notes.push(line);
    this.say(`  ${line}`);
  }
}
