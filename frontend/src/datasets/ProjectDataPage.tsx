export function ProjectDataPage() {
  return <main className="main" />;
}
