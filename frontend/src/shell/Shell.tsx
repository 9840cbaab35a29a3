import { Outlet, useParams } from "@tanstack/react-router";
import { Suspense } from "react";
import { Skeleton } from "../ui/States";
import { Topbar } from "./Topbar";

/** The frame of every page: the top bar and below it the page. */
export function Shell() {
  const { projectId } = useParams({ strict: false });
  return (
    <div className="page">
      <Topbar projectId={projectId} />
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </div>
  );
}

function Loading() {
  return (
    <div className="main">
      <Skeleton height={24} width={240} />
    </div>
  );
}
