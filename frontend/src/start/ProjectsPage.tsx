import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { request } from "../api/client";
import { cursorOf } from "../api/paging";
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
    queryFn: ({ signal, pageParam }) =>
      request("GET", "/api/v1/projects/", { query: { limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
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
