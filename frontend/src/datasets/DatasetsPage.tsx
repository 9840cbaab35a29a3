export function DatasetsPage() {
  return <main className="main" />;
}
