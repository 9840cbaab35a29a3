export function ProjectsPage() {
  return <main className="main" />;
}
