using System.Globalization;
using Spectre.Console;

namespace TlsFsm.Cli.Doctor;

/// <summary>A diagnosis for people.</summary>
internal sealed class DoctorReport
{
    private readonly IAnsiConsole _console;

    public DoctorReport(Terminal terminal)
    {
        _console = terminal.CreateConsole();

        // A sentence in a log is one line.
        if (!terminal.IsInteractive)
            _console.Profile.Width = 1000;
    }

    public void Print(Diagnosis diagnosis)
    {
        _console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"[bold]{diagnosis.Peer}[/] as '{diagnosis.ServerName}', asked {diagnosis.Connections} times at {diagnosis.At:yyyy-MM-dd HH:mm:ss'Z'}");
        foreach (var version in diagnosis.Versions)
            Print(version);

        Heading("TLS 1.1, TLS 1.0, SSL");
        Row("accepted", new Finding(Answer.NotTested));
        Heading("Handshake");
        Row("application protocols", diagnosis.ApplicationProtocols);
        Row("refuses unknown protocols", diagnosis.RefusesUnknownProtocols);
        Row("serves without a name", diagnosis.ServesWithoutName);
        Row("serves an unknown name", diagnosis.ServesUnknownName);
        Row("OCSP stapling", diagnosis.OcspStapling);
        Row("secure renegotiation", diagnosis.SecureRenegotiation);
        Row("extended master secret", diagnosis.ExtendedMasterSecret);
        Row("asks for a client certificate", diagnosis.AsksForClientCertificate);
        foreach (var certificate in diagnosis.Certificates)
            Print(certificate);

        Print([.. diagnosis.AllRemarks]);
        Heading("Grade");
        var grade = diagnosis.Grade;
        Line(Indent, "", Clean(grade.Reasons.Count == 0 ? grade.Letter : $"{grade.Letter}, because of {grade.Reasons.Count}:"));
        foreach (var reason in grade.Reasons)
            Line(Indent, "", Clean($"- {reason}"));
        Heading("Not tested, because this tool cannot ask for it");
        foreach (var one in diagnosis.NotTested)
            Line(Indent, "", $"[grey]{Clean(one)}[/]");
    }

    private void Print(VersionFinding version)
    {
        Heading(version.Version);
        Row("accepted", version.Accepted);
        if (version.CipherSuites is { } suites)
            Row("cipher suites", suites, isOneALine: true);
        if (version.Groups is { } groups)
            Row("groups", groups);
        if (version.SignatureSchemes is { } schemes)
            Row("signature schemes", schemes);
        if (version.Resumption is { } resumption)
            Row("resumption", resumption);
    }

    private void Print(CertificateFinding certificate)
    {
        Heading("Certificate");
        Row("subject", certificate.Subject);
        Row("for", certificate.Names.Count == 0 ? "no name at all" : string.Join(", ", certificate.Names));
        Row("issuer", certificate.Issuer);
        Row("valid", string.Create(
            CultureInfo.InvariantCulture, $"{certificate.NotBefore:yyyy-MM-dd HH:mm'Z'} to {certificate.NotAfter:yyyy-MM-dd HH:mm'Z'}"));
        Row("key", certificate.Key);
        Row("signature", certificate.Signature);
        Row("sent with it", certificate.SentWithIt.Count == 0 ? "nothing" : string.Join(", then ", certificate.SentWithIt));
        Row("SHA-256", certificate.Fingerprint);
        Heading("Chain");
        foreach (var line in ChainPicture.Lines(certificate.Chain))
            Line(Indent, "", Clean(line));
    }

    private void Print(IReadOnlyList<Remark> remarks)
    {
        Heading("Findings");
        if (remarks.Count == 0)
            _console.MarkupLine("  [green]nothing is wrong[/]");
        foreach (var remark in remarks.OrderByDescending(remark => remark.IsProblem))
        {
            Line(RemarkWidth, remark.IsProblem ? "[red]problem[/]" : "[yellow]warning[/]",
                $"{Clean(remark.Subject)}: {Clean(remark.Text)}");
        }
    }

    private void Heading(string text)
    {
        _console.WriteLine();
        _console.MarkupLineInterpolated($"[bold]{text}[/]");
    }

    private void Row(string name, Finding finding)
    {
        var detail = finding.Detail is null ? "" : $": {finding.Detail}";
        var (word, colour) = finding.Answer switch
        {
            Answer.Yes => ("yes", "default"),
            Answer.No => ("no", "default"),
            _ => ("not tested", "grey"),
        };
        Line(NameWidth, name, $"[{colour}]{word}[/]{Clean(detail)}");
    }

    private void Row(string name, string value) => Line(NameWidth, name, Clean(value));

    /// <summary>What does not fit goes on under its own beginning.</summary>
    private void Line(int width, string name, string markup)
    {
        var grid = new Grid()
            .AddColumn(new GridColumn { Width = width - Indent, NoWrap = true, Padding = new Padding(Indent, 0, 0, 0) })
            .AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) })
            .AddRow(name, markup);
        _console.Write(grid);
    }

    private void Row(string name, AcceptedList list, bool isOneALine = false)
    {
        var order = list.IsServersOrder switch
        {
            true => " (the server's order)",
            false => " (the client's order counts)",
            _ => "",
        };
        if (list.Names.Count == 0)
            Row(name, list.Trouble is null ? "none of those offered" : "not tested");
        else if (isOneALine && list.Names.Count > 1)
        {
            for (var i = 0; i < list.Names.Count; i++)
                Row(i == 0 ? name : "", list.Names[i] + (i == 0 ? order : ""));
        }
        else
        {
            Row(name, string.Join(", ", list.Names) + order);
        }

        if (list.Trouble is { } trouble)
            Row("", $"perhaps more: {trouble}");
    }

    private static string Clean(string text) => Markup.Escape(Terminal.Harmless(text));

    private const int Indent = 2;
    private const int NameWidth = 33;
    private const int RemarkWidth = 11;
}
