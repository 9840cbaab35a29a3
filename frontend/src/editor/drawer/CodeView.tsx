import { python } from "@codemirror/lang-python";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.self, tags.bool, tags.null], color: "var(--code-keyword)" },
  {
    tag: [tags.function(tags.variableName), tags.className, tags.definition(tags.variableName)],
    color: "var(--code-name)",
  },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)" },
]);

const setMarks = StateEffect.define<number[]>();
const marked = Decoration.line({ class: "hl" });
const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(decorations, transaction) {
    let next = decorations.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue;
      const builder = new RangeSetBuilder<Decoration>();
      for (const line of effect.value)
        builder.add(transaction.state.doc.line(line).from, transaction.state.doc.line(line).from, marked);
      next = builder.finish();
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The lines, counted from 1, that speak of a name. */
function linesWith(code: string, name: string | null): number[] {
  if (!name) return [];
  const word = new RegExp(`\\bself\\.${name}\\b|^\\s*${name}\\b.*=`);
  return code.split("\n").flatMap((line, i) => (word.test(line) ? [i + 1] : []));
}

interface CodeViewProps {
  code: string;
  /** The name whose lines are marked and brought into view. */
  mark: string | null;
  label: string;
}

/** Code to read. */
export function CodeView({ code, mark, label }: CodeViewProps) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);

  useEffect(() => {
    const created = new EditorView({
      parent: parent.current!,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          python(),
          syntaxHighlighting(colours),
          marks,
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true", tabindex: "0" }),
        ],
      }),
    });
    view.current = created;
    return () => created.destroy();
  }, [label]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const changed = editor.state.doc.toString() !== code;
    if (changed) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: code } });
    const lines = linesWith(code, mark);
    const [first] = lines;
    editor.dispatch({
      effects: [
        setMarks.of(lines),
        ...(first ? [EditorView.scrollIntoView(editor.state.doc.line(first).from, { y: "center" })] : []),
      ],
    });
  }, [code, mark]);

  return <div ref={parent} className="code-view" data-testid="code-view" />;
}
