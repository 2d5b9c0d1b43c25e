using System.Globalization;

namespace TlsFsm.Soak.Overload;

/// <summary>The table.</summary>
internal static class OverloadReport
{
    public static string Write(OverloadSettings settings, IEnumerable<OverloadRow> rows) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        `MaxHandshakes` {settings.MaxHandshakes}, `HandshakeGrace` {settings.Grace.TotalSeconds:0.###} s, the rest by default;
        {settings.Attackers} attackers; {settings.Clients} honest clients at once (handshake and echo, TLS 1.3), as many as begin
        within {settings.Time.TotalSeconds:0} s, {settings.Samples} at the most; listener, attackers and honest clients a process each, on
        {Environment.ProcessorCount} processors. CPU is in processors.

        {Columns}
        |---|---|---:|---:|---:|---:|---:|---:|---:|---:|
        {string.Join('\n', rows.Select(row => row.ToMarkdown()))}

        """);

    private const string Columns =
        "| meanwhile | honest served | P50 ms | P99 ms | attacks a second | shed | open at the most "
        + "| CPU listener | CPU attackers | CPU honest |";
}
