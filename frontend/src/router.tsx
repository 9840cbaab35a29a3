import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFound, RouteError } from "./shell/RouteStates";
import { Shell } from "./shell/Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: RouteError });

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./start/StartPage"), "StartPage"),
});
const projects = createRoute({
  getParentRoute: () => root,
  path: "/projects",
  component: lazyRouteComponent(() => import("./start/ProjectsPage"), "ProjectsPage"),
});

const project = createRoute({
  getParentRoute: () => root,
  path: "/p/$projectId",
});
const build = createRoute({
  getParentRoute: () => project,
  path: "/build",
  component: lazyRouteComponent(() => import("./editor/EditorPage"), "EditorPage"),
});
const data = createRoute({
  getParentRoute: () => project,
  path: "/data",
  component: lazyRouteComponent(() => import("./datasets/ProjectDataPage"), "ProjectDataPage"),
});
const runs = createRoute({
  getParentRoute: () => project,
  path: "/runs",
  component: lazyRouteComponent(() => import("./runs/RunsPage"), "RunsPage"),
});
const run = createRoute({
  getParentRoute: () => project,
  path: "/runs/$runId",
  component: lazyRouteComponent(() => import("./runs/RunPage"), "RunPage"),
});
const deploy = createRoute({
  getParentRoute: () => project,
  path: "/deploy",
  component: lazyRouteComponent(() => import("./deployments/DeployPage"), "DeployPage"),
});
const deployment = createRoute({
  getParentRoute: () => project,
  path: "/deploy/$slug",
  component: lazyRouteComponent(() => import("./deployments/DeploymentPage"), "DeploymentPage"),
});

const datasets = createRoute({
  getParentRoute: () => root,
  path: "/datasets",
  component: lazyRouteComponent(() => import("./datasets/DatasetsPage"), "DatasetsPage"),
});
const dataset = createRoute({
  getParentRoute: () => root,
  path: "/datasets/$datasetId",
  component: lazyRouteComponent(() => import("./datasets/DatasetPage"), "DatasetPage"),
});
const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("./account/AccountPage"), "AccountPage"),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("./account/SignInPage"), "SignInPage"),
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("./account/SignUpPage"), "SignUpPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    projects,
    project.addChildren([build, data, runs, run, deploy, deployment]),
    datasets,
    dataset,
    account,
    signIn,
    signUp,
  ]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
