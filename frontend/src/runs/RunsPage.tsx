export function RunsPage() {
  return <main className="main" />;
}
