export function DatasetPage() {
  return <main className="main" />;
}
