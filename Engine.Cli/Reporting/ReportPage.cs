using System.Globalization;
using System.Text;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Rendering;

namespace TlsFsm.Cli.Reporting;

/// <summary>
/// One page about connections that needs nothing but itself: no script, no network, dark and light as the reader has it, and on paper.
/// </summary>
internal static class ReportPage
{
    /// <summary>A connection from one or both of its ends.</summary>
    /// <param name="title">What it was.</param>
    /// <param name="recordings">Its ends.</param>
    public static string OfConnection(string title, IReadOnlyList<Recording> recordings) =>
        Page(title, refresh: null, $"<h1>{Html.Of(title)}</h1>\n{Body(recordings)}");

    /// <summary>Any other page in the same looks.</summary>
    public static string Of(string title, string body) => Page(title, refresh: null, body);

    /// <summary>The connections of a listener: how many are where, and the last ones.</summary>
    /// <param name="title">What it listens on.</param>
    /// <param name="open">Those that are open.</param>
    /// <param name="ended">How many have ended, by reason.</param>
    /// <param name="last">The last ones that have ended, newest first.</param>
    /// <param name="refresh">Seconds until a browser looks again; null when nothing more comes.</param>
    public static string OfListener(
        string title, IReadOnlyList<Recording> open, IReadOnlyDictionary<CloseReason, int> ended, IReadOnlyList<Recording> last,
        int? refresh)
    {
        var text = new StringBuilder($"<h1>{Html.Of(title)}</h1>\n");
        text.Append("<h2>Open connections by state</h2>\n").Append(Html.Table(
            ["machine", "state", "connections"],
            from machine in DrawnMachine.All
            from state in machine.States
            let count = open.Count(one => one.StateOf(machine.Name, machine.Initial) == state)
            where count > 0
            select (string[])[machine.Name, state, count.ToString(CultureInfo.InvariantCulture)]));
        text.Append("<h2>Ended connections</h2>\n").Append(Html.Table(
            ["reason", "connections", "in words"],
            ended.OrderBy(one => one.Key).Select(
                one => (string[])[one.Key.ToString(), one.Value.ToString(CultureInfo.InvariantCulture), EndingWords.Of(one.Key)])));
        foreach (var recording in last)
            text.Append(CultureInfo.InvariantCulture, $"<details><summary>{Html.Of(recording.Name)}: {recording.Reason}</summary>\n")
                .Append(Body([recording])).Append("</details>\n");
        return Page(title, refresh, text.ToString());
    }

    /// <summary>Writes a page to a file, in one piece.</summary>
    /// <exception cref="CliException">The file cannot be written.</exception>
    public static void Save(string path, string page)
    {
        try
        {
            var draft = $"{path}.new";
            File.WriteAllText(draft, page);
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CliException($"--report: '{path}': {exception.Message}", ExitCode.Io, exception);
        }
    }

    private static string Body(IReadOnlyList<Recording> recordings)
    {
        var begin = recordings.SelectMany(one => one.Steps).Select(step => step.Time).DefaultIfEmpty().Min();
        var text = new StringBuilder();
        foreach (var one in recordings)
        {
            text.Append(CultureInfo.InvariantCulture, $"<p class=\"ending {(IsGood(one.Reason) ? "good" : "bad")}\">");
            text.Append(CultureInfo.InvariantCulture, $"<b>{Html.Of(one.Name)}: {one.Reason}.</b> {Html.Of(EndingWords.Of(one.Reason))}");
            if (one.Failure is { } failure)
                text.Append(CultureInfo.InvariantCulture, $"<br>{Html.Of(failure.Message)}");
            text.Append("</p>\n");
        }

        text.Append("<h2>The machines</h2>\n");
        text.Append("<p>Faint: where a connection may go. Strong and numbered: where this one went. Filled: where it is.</p>\n");
        foreach (var one in recordings)
            AppendMachines(text, one, begin);
        text.Append("<h2>On a time line</h2>\n<div class=\"wide\">").Append(TimeLine.Draw(recordings, begin)).Append("</div>\n");
        foreach (var one in recordings)
            AppendTables(text, one, begin);
        return text.ToString();
    }

    private static bool IsGood(CloseReason reason) =>
        reason is CloseReason.Clean or CloseReason.Unanswered or CloseReason.Detached or CloseReason.None;

    private static void AppendMachines(StringBuilder text, Recording one, DateTimeOffset begin)
    {
        text.Append(CultureInfo.InvariantCulture, $"<h3>{Html.Of(one.Name)}</h3>\n<div class=\"machines\">\n");
        foreach (var machine in DrawnMachine.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"<figure><figcaption><b>{machine.Name}</b> {Html.Of(machine.Title)}</figcaption>");
            text.Append(MachinePicture.Draw(machine, one)).Append("<ol>");
            foreach (var step in one.Steps.Where(step => step.Machine == machine.Name && step.From != step.To))
                text.Append($"<li>{Html.Of(step.Trigger)} → {Html.Of(step.To)} <i>{At(step.Time, begin)}</i></li>");
            text.Append("</ol></figure>\n");
        }

        text.Append("</div>\n");
    }

    private static void AppendTables(StringBuilder text, Recording one, DateTimeOffset begin)
    {
        text.Append(CultureInfo.InvariantCulture, $"<h2>The {Html.Of(one.Name)}</h2>\n");
        if (one.Session is { } session)
        {
            text.Append("<h3>Negotiated</h3>\n").Append(Html.Table(
                ["fact", "value"], Negotiated.Brief(session).Select(fact => (string[])[fact.Name.TrimEnd(':'), fact.Value])));
            if (session.PeerCertificates.Count > 0)
                text.Append("<h3>The peer's chain</h3>\n").Append(Html.Table(
                    ["", "subject", "issuer", "valid from", "until", "key"],
                    session.PeerCertificates.Select((certificate, index) => (string[])
                    [
                        $"{index + 1}", certificate.Subject, certificate.Issuer, Day(certificate.NotBefore), Day(certificate.NotAfter),
                        certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value ?? "",
                    ])));
        }

        text.Append("<h3>Messages</h3>\n").Append(Html.Table(
            ["when", "", "message", "bytes", "on the wire"],
            one.Messages.Select(message => (string[])
            [
                At(message.Time, begin), message.IsSent ? "sent" : "received", message.What, Number(message.Size),
                message.IsProtected ? "encrypted" : "in clear",
            ])));
        text.Append("<h3>Records on the transport</h3>\n").Append(Html.Table(
            ["from", "to", "", "bytes", "reads or writes"],
            one.Transfers.Select(transfer => (string[])
            [
                At(transfer.From, begin), At(transfer.To, begin), transfer.IsSent ? "sent" : "received", Number(transfer.Bytes),
                Number(transfer.Count),
            ])));
        if (one.Pauses.Count > 0)
            text.Append("<h3>Flow control</h3>\n").Append(Html.Table(
                ["when", "who", "what"],
                one.Pauses.Select(pause => (string[])
                [
                    At(pause.Time, begin), pause.By.ToString(),
                    $"{(pause.IsPaused ? "pauses" : "resumes")} {(pause.IsReceiving ? "what is received" : "what is sent")}",
                ])));
        if (one.LeftOut > 0)
            text.Append(
                CultureInfo.InvariantCulture,
                $"<p>{one.LeftOut} later entries were not kept: there is room for {ConnectionRecorder.MaxEntries} of each kind.</p>\n");
    }

    private static string At(DateTimeOffset time, DateTimeOffset begin) =>
        string.Create(CultureInfo.InvariantCulture, $"+{(time - begin).TotalMilliseconds:0.0} ms");

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Page(string title, int? refresh, string body) =>
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        + (refresh is { } seconds ? $"<meta http-equiv=\"refresh\" content=\"{seconds}\">\n" : "")
        + $"<title>{Html.Of(title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n{body}</body>\n</html>\n";

    private const string Style = """
        :root { color-scheme: light dark; --ink: #1f2933; --quiet: #5b6670; --faint: #c3ccd5; --paper: #ffffff; --box: #eef4fb;
          --been: #cfe3f7; --now: #1f6feb; --onnow: #ffffff; --walked: #1f6feb; --good: #1a7f37; --bad: #cf222e; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9aa7b3; --faint: #3d4752; --paper: #10151b; --box: #1a222b;
          --been: #1d3a58; --now: #58a6ff; --onnow: #0b1016; --walked: #58a6ff; --good: #3fb950; --bad: #ff7b72; } }
        body { font: 15px/1.5 system-ui, "DejaVu Sans", Verdana, sans-serif; color: var(--ink); background: var(--paper);
          margin: 0 auto; padding: 1rem 2rem 4rem; max-width: 90rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--faint); } h3 { font-size: 1rem; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { text-align: left; padding: .15rem .8rem .15rem 0;
          border-bottom: 1px solid var(--faint); vertical-align: top; } th { color: var(--quiet); font-weight: 600; }
        .wide { overflow-x: auto; } .ending { border-left: 4px solid; padding-left: .7rem; } .good { border-color: var(--good); }
        .bad { border-color: var(--bad); } .machines { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
        figure { margin: 0; } figcaption { color: var(--quiet); } ol { padding-left: 1.6rem; font-size: .85rem; } i { color: var(--quiet); }
        summary { cursor: pointer; margin: .4rem 0; }
        svg { max-width: 100%; height: auto; } svg.line { max-width: none; }
        svg text { font: 12px system-ui, "DejaVu Sans", Verdana, sans-serif; fill: var(--ink); text-anchor: middle; }
        svg rect.state { fill: var(--box); stroke: var(--faint); } svg rect.been { fill: var(--been); stroke: var(--walked); }
        svg rect.now { fill: var(--now); stroke: var(--now); } svg text.now { fill: var(--onnow); font-weight: 700; }
        svg path { fill: none; } svg path.arc { stroke: var(--faint); } svg path.arc.tip { fill: var(--faint); }
        svg path.walked { stroke: var(--walked); stroke-width: 2; } svg path.walked.tip { fill: var(--walked); }
        svg rect.number { fill: var(--walked); } svg text.number { fill: var(--onnow); font-size: 11px; font-weight: 700; }
        svg path.tick { stroke: var(--faint); stroke-dasharray: 2 3; }
        svg text.time, svg text.lane, svg text.span, svg text.end { text-anchor: start; }
        svg text.time { fill: var(--quiet); font-size: 10px; }
        svg text.span { font-size: 11px; } svg text.end { font-weight: 700; }
        @media print { :root { --ink: #000; --paper: #fff; --quiet: #444; --faint: #bbb; --box: #fff; --been: #e3eefb; --now: #1f6feb;
          --onnow: #fff; --walked: #1f6feb; } body { max-width: none; padding: 0; } .wide { overflow: visible; }
          svg.line { min-width: 0 !important; width: 100%; } figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } }
        """;
}
