export function AccountPage() {
  return <main className="main" />;
}
