import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { blockOf } from "../../graph/blocks";
import { changesOf, type GraphDiff, marksOf } from "../../graph/changes";
import type { GraphDocument } from "../../graph/document";
import { ChangeList } from "../../runs/ChangeList";
import { Button } from "../../ui/Button";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/States";
import { useAutosave } from "../state/autosaveContext";
import { shownKey } from "../state/commands";
import { useEditor, useEditorStore } from "../state/context";
import { useView } from "../state/view";
import { readVersion, useDiff, type Version } from "./api";

/** What the graph on the canvas has that a version has not, marked on the cards too; and the way back to the version. */
export function VersionDiff({ version }: { version: Version }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const projectId = useEditor((editor) => editor.projectId);
  const diff = useSavedDiff(projectId, version.number);
  useMarks(diff.data);
  const restore = useMutation({
    mutationFn: () => readVersion(projectId, version.number),
    onSuccess: (graph) => {
      const { endGesture, editWhole, openTrail } = store.getState();
      endGesture();
      openTrail([]);
      editWhole(graph);
      useView.getState().canvas?.fit();
    },
  });
  const isSame = diff.data !== undefined && changesOf(diff.data).length === 0;
  return (
    <section className="version-diff" aria-labelledby="version-diff" data-testid="version-diff">
      <div className="row between">
        <h3 id="version-diff">{t("history.since", { number: version.number })}</h3>
        <Button
          size="sm"
          icon="rollback"
          disabled={isSame || restore.isPending}
          onClick={() => restore.mutate()}
          data-testid="restore-version"
        >
          {t("history.restore", { number: version.number })}
        </Button>
      </div>
      <div aria-live="polite">
        {restore.isSuccess && isSame && (
          <p className="sm t2" data-testid="restored">
            {t("history.restored", { number: version.number, key: shownKey("Ctrl+Z") })}
          </p>
        )}
        <Problem error={diff.error ?? restore.error} />
        {!diff.data && !diff.error && <Skeleton height={48} />}
        {diff.data && !(restore.isSuccess && isSame) && <ChangeList diff={diff.data} onNode={(path) => show(path)} />}
      </div>
    </section>
  );

  /** Selects a node that differs; of one inside a block, the block is opened where it is used. */
  function show(path: string) {
    const { history, openTrail, selectNodes } = store.getState();
    const [, block, inner] = /^block:(.+)\/([^/]+)$/.exec(path) ?? [];
    const trail = block === undefined ? [] : trailTo(history.present, block);
    if (!trail) return;
    openTrail(trail);
    const id = inner ?? path;
    selectNodes(id);
    requestAnimationFrame(() => useView.getState().canvas?.show(id));
  }
}

/** The nodes through which a block is reached, the outermost first; null where nothing uses it. */
function trailTo(document: GraphDocument, block: string): string[] | null {
  const search = (nodes: GraphDocument["nodes"], trail: string[]): string[] | null => {
    for (const node of nodes) {
      const name = blockOf(node.type);
      if (!name) continue;
      const here = [...trail, node.id];
      const found = name === block ? here : search(document.blocks[name]?.nodes ?? [], here);
      if (found) return found;
    }
    return null;
  };
  return search(document.nodes, []);
}

/** The difference to the draft as it is saved; the last one stays while the next is asked for. */
function useSavedDiff(projectId: string, number: number) {
  const autosave = useAutosave();
  const isSaved = useEditor((editor) => editor.save.status === "saved");
  const last = useRef<string | null>(null);
  if (isSaved) last.current = autosave.etag();
  return useDiff(projectId, number, last.current);
}

/** Marks the cards that differ while the difference is shown. */
function useMarks(diff: GraphDiff | undefined): void {
  const document = useEditor((editor) => editor.history.present);
  useEffect(() => {
    useView.getState().set({ marks: diff ? marksOf(diff, document) : null });
  }, [diff, document]);
  useEffect(() => () => useView.getState().set({ marks: null }), []);
}
