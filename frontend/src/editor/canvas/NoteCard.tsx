import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { setNote } from "../../graph/edits";
import { useEditorStore } from "../state/context";
import { graphHere } from "../state/store";
import type { NoteNode } from "./flow";

/** A remark on the canvas. It never reaches the model. */
export const NoteCard = memo(function NoteCard({ data, selected }: NodeProps<NoteNode>) {
  const { note } = data;
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  if (!selected) return <div className="note">{note.text || t("note.empty")}</div>;
  return (
    <div className="note">
      <textarea
        className="nodrag nowheel"
        // biome-ignore lint/a11y/noAutofocus: a note is selected in order to write it
        autoFocus
        value={note.text}
        rows={Math.max(2, Math.ceil(note.text.length / 26))}
        aria-label={t("note.label")}
        placeholder={t("note.empty")}
        onChange={(event) => {
          store.getState().edit(setNote(graphHere(store.getState()), note.id, event.target.value), `note:${note.id}`);
        }}
        onBlur={() => store.getState().endGesture()}
      />
    </div>
  );
});
