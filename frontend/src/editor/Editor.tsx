import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Project } from "../api/projects";
import { versionQuery } from "../datasets/api";
import { type Catalogue, indexLayers } from "../graph/catalogue";
import type { GraphDocument } from "../graph/document";
import type { History } from "../graph/history";
import { Canvas } from "./canvas/Canvas";
import { Drawer } from "./drawer/Drawer";
import { EditorBar } from "./EditorBar";
import { Inspector } from "./inspector/Inspector";
import { CommandPalette } from "./overlays/CommandPalette";
import { LayerPicker } from "./overlays/LayerPicker";
import { Outline } from "./overlays/Outline";
import { ShortcutSheet } from "./overlays/ShortcutSheet";
import { Palette } from "./palette/Palette";
import { SaveConflict } from "./SaveConflict";
import { type Autosave, startAutosave } from "./state/autosave";
import { AutosaveContext } from "./state/autosaveContext";
import { EditorContext } from "./state/context";
import { startLiveCheck } from "./state/liveCheck";
import { rememberHistory } from "./state/memory";
import { announceNewProblems } from "./state/newProblems";
import { createEditorStore, type EditorStore, factsOf } from "./state/store";
import { useShortcuts } from "./state/useShortcuts";
import { firstBatchSize, recallConfig } from "./train/config";

interface EditorProps {
  project: Project;
  catalogue: Catalogue;
  draft: { history: History; saved: GraphDocument; etag: string };
}

/** The store and what runs beside it (check, autosave, memory), around the editor's parts. */
export function Editor({ project, catalogue, draft }: EditorProps) {
  // Made once: another language of the catalogue and another binding of data are brought in by useFollow.
  const [store] = useState(() =>
    createEditorStore({
      projectId: project.id,
      projectName: project.name,
      catalogue,
      history: draft.history,
      datasetVersion: project.dataset_version,
      batchSize: firstBatchSize(project.id, project.run_settings),
      runConfig: recallConfig(project.id, project.run_settings),
    }),
  );
  const autosave = useServices(store, draft);
  useFollow(store, project, catalogue);
  if (!autosave) return null;
  return (
    <EditorContext value={store}>
      <AutosaveContext value={autosave}>
        <Parts />
      </AutosaveContext>
    </EditorContext>
  );
}

function useServices(store: EditorStore, { saved, etag }: EditorProps["draft"]): Autosave | null {
  const { i18n } = useTranslation();
  const [autosave, setAutosave] = useState<Autosave | null>(null);
  useEffect(() => {
    const saver = startAutosave(store, etag, saved);
    const forget = rememberHistory(store, saver.etag);
    const check = startLiveCheck(store);
    const quiet = announceNewProblems(store);
    i18n.on("languageChanged", check.askAgain);
    setAutosave(saver);
    return () => {
      i18n.off("languageChanged", check.askAgain);
      quiet();
      check.stop();
      forget();
      saver.stop();
    };
  }, [store, etag, saved, i18n]);
  return autosave;
}

/** Brings a new language of the catalogue and a new binding of data into the store. */
function useFollow(store: EditorStore, project: Project, catalogue: Catalogue): void {
  const { dataset } = project;
  const version = useQuery({ ...versionQuery(dataset?.id ?? "", dataset?.number ?? 0), enabled: dataset !== null });
  useEffect(() => {
    store.setState({ catalogue, layers: indexLayers(catalogue) });
  }, [store, catalogue]);
  useEffect(() => {
    store.setState({ projectName: project.name });
  }, [store, project.name]);
  useEffect(() => {
    const ready = dataset !== null && version.data?.status === "ready";
    const preparing = dataset !== null && (version.data ?? dataset).status === "ingesting";
    const columns = ready ? version.data!.columns : [];
    store.setState({
      datasetVersion: ready || !dataset ? project.dataset_version : null,
      datasetName: dataset?.name ?? null,
      datasetRows: ready ? version.data!.num_rows : null,
      datasetProgress: preparing ? (version.data?.progress ?? dataset.progress) : null,
      columns,
      facts: factsOf(columns),
    });
  }, [store, project.dataset_version, dataset, version.data]);
}

function Parts() {
  const { t } = useTranslation("editor");
  useShortcuts();
  return (
    <main className="editor" aria-label={t("page.label")}>
      <EditorBar />
      <Palette />
      <div className="centre">
        <SaveConflict />
        <div className="canvas-frame">
          <Outline />
          <Canvas />
        </div>
        <Drawer />
      </div>
      <Inspector />
      <LayerPicker />
      <CommandPalette />
      <ShortcutSheet />
    </main>
  );
}
