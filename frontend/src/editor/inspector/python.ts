/** The statement that makes a node in the generated module, and its colours. */

/** `self.NAME = ...` with what follows until its brackets close, or the line of `forward` that computes NAME. */
export function statementOf(code: string, name: string): string | null {
  const lines = code.split("\n");
  const made = new RegExp(`^\\s*self\\.${name}\\s*[:=]`);
  const computed = new RegExp(`^\\s*${name}(_\\w+)?(, \\w+)*\\s*=`);
  const at = lines.findIndex((line) => made.test(line));
  const start = at >= 0 ? at : lines.findIndex((line) => computed.test(line));
  if (start < 0) return null;
  let depth = 0;
  let end = start;
  for (; end < lines.length; end += 1) {
    for (const letter of lines[end]!.replace(/#.*/, "")) {
      if ("([{".includes(letter)) depth += 1;
      if (")]}".includes(letter)) depth -= 1;
    }
    if (depth <= 0) break;
  }
  const indent = /^\s*/.exec(lines[start]!)![0].length;
  return lines
    .slice(start, end + 1)
    .map((line) => line.slice(indent).replace(/\s+#.*$/, ""))
    .join("\n");
}

export interface Piece {
  text: string;
  /** k keyword, f name called, n number, s string, c comment; as the stylesheet names them. */
  kind?: "k" | "f" | "n" | "s" | "c";
}

const TOKENS =
  /(#[^\n]*)|("[^"\n]*"|'[^'\n]*')|\b(self|def|class|return|import|from|as|None|True|False|super)\b|\b(\d[\d_.e-]*)\b|\b([A-Za-z_]\w*)(?=\()/g;
const KINDS = ["c", "s", "k", "n", "f"] as const;

export function highlight(code: string): Piece[] {
  const pieces: Piece[] = [];
  let last = 0;
  for (const match of code.matchAll(TOKENS)) {
    if (match.index > last) pieces.push({ text: code.slice(last, match.index) });
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
    pieces.push({ text: match[0], kind });
    last = match.index + match[0].length;
  }
  if (last < code.length) pieces.push({ text: code.slice(last) });
  return pieces;
}
