import "./styles/frame.css";
import "./styles/canvas.css";
import "./styles/cards.css";
import "./styles/drawer.css";
import "./styles/inspector.css";
import "./styles/overlays.css";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import { readCatalogue } from "../api/catalogue";
import { send } from "../api/client";
import { projectQuery } from "../api/projects";
import type { GraphDocument } from "../graph/document";
import { ErrorState, Skeleton } from "../ui/States";
import { Editor } from "./Editor";
import { recallHistory } from "./state/memory";

function catalogueQuery(language: string) {
  return queryOptions({
    queryKey: ["catalogue", language],
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => readCatalogue(signal),
  });
}

/** The draft as it is now and the history that leads to it. Read anew whenever the editor is opened. */
function draftQuery(projectId: string) {
  return queryOptions({
    queryKey: ["draft", projectId],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const response = await send("GET", "/api/v1/projects/{project_id}/graph/", {
        path: { project_id: projectId },
        signal,
      });
      const etag = response.headers.get("ETag") ?? "";
      const recalled = await recallHistory(projectId, (await response.json()) as GraphDocument, etag);
      return { ...recalled, etag };
    },
  });
}

/** The editor of a project's graph. */
export function EditorPage() {
  const { projectId } = useParams({ from: "/p/$projectId/build" });
  const { t, i18n } = useTranslation("editor");
  const project = useQuery(projectQuery(projectId));
  const catalogue = useQuery(catalogueQuery(i18n.language));
  const draft = useQuery(draftQuery(projectId));
  const error = project.error ?? catalogue.error ?? draft.error;
  if (error) {
    const retry = () => void Promise.all([project.refetch(), catalogue.refetch(), draft.refetch()]);
    return (
      <main className="main">
        <ErrorState error={error} title={t("page.failed")} onRetry={retry} />
      </main>
    );
  }
  if (!project.data || !catalogue.data || !draft.data) return <Loading />;
  return (
    <ReactFlowProvider key={projectId}>
      <Editor project={project.data} catalogue={catalogue.data} draft={draft.data} />
    </ReactFlowProvider>
  );
}

function Loading() {
  return (
    <main className="editor" aria-busy="true">
      <aside className="palette">
        <div className="find">
          <Skeleton height={28} />
        </div>
      </aside>
      <div className="canvas" />
      <aside className="inspector" />
    </main>
  );
}
