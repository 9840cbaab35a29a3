import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Page, request } from "../api/client";
import { cursorOf } from "../api/paging";
import type { Project } from "../api/projects";
import { Button } from "../ui/Button";
import { EmptyState, ErrorState } from "../ui/States";
import { useTitle } from "../ui/useTitle";
import { ProjectTable } from "./ProjectTable";
import "./start.css";

/** Every project, the latest first, a page at a time. */
export function ProjectsPage() {
  const { t } = useTranslation("start");
  const projects = useInfiniteQuery({
    queryKey: ["projects", "pages"],
    queryFn: ({ signal, pageParam }) => request<Page<Project>>("GET", `projects/?limit=50${pageParam}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => cursorOf(page.next),
  });
  const known = projects.data?.pages.flatMap((page) => page.results) ?? [];
  useTitle(t("projects.title"));
  return (
    <main className="page-body">
      <div className="start">
        <h1 className="projects-title">{t("projects.title")}</h1>
        {projects.error && <ErrorState error={projects.error} onRetry={() => void projects.refetch()} />}
        {projects.data && known.length === 0 && (
          <EmptyState
            title={t("projects.none")}
            action={
              <Link className="btn primary" to="/">
                {t("projects.toSamples")}
              </Link>
            }
          />
        )}
        {known.length > 0 && <ProjectTable projects={known} />}
        {projects.hasNextPage && (
          <Button disabled={projects.isFetchingNextPage} onClick={() => void projects.fetchNextPage()}>
            {t("projects.more")}
          </Button>
        )}
      </div>
    </main>
  );
}
