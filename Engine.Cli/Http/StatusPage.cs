using System.Globalization;
using System.Net;
using System.Text;
using TlsFsm.Abstractions.Words;
using TlsFsm.Cli.Rendering;

namespace TlsFsm.Cli.Http;

/// <summary>The one page that <c>serve --www</c> has: what this connection negotiated, and the way its machines went.</summary>
internal static class StatusPage
{
    /// <summary>The whole answer to a request, head and body; the connection is closed after it.</summary>
    /// <param name="status">What <see cref="RequestHead.Parse"/> said, or another refusal.</param>
    /// <param name="request">The request; null when it could not be understood.</param>
    /// <param name="session">What the handshake settled.</param>
    /// <param name="peer">The client's address.</param>
    /// <param name="path">The steps of the connection's machines up to now.</param>
    public static byte[] Answer(
        HttpStatus status, RequestHead? request, TlsSessionInfo session, EndPoint? peer, IReadOnlyList<Transition> path)
    {
        if (request is { Method: not ("GET" or "HEAD") })
            status = HttpStatus.MethodNotAllowed;

        var body = Encoding.UTF8.GetBytes(
            status == HttpStatus.Ok ? Page(request!, session, peer, path) : ErrorPage(status));
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\n")
            .Append("Content-Type: text/html; charset=utf-8\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n")
            .Append("Cache-Control: no-store\r\n")
            .Append(status == HttpStatus.MethodNotAllowed ? "Allow: GET, HEAD\r\n" : "")
            .Append("Connection: close\r\n\r\n");
        var headBytes = Encoding.ASCII.GetBytes(head.ToString());

        // RFC 9110 section 9.3.2: to HEAD the same head, and no body.
        return request is { Method: "HEAD" } ? headBytes : [.. headBytes, .. body];
    }

    private static string Page(RequestHead request, TlsSessionInfo session, EndPoint? peer, IReadOnlyList<Transition> path)
    {
        var rows = new StringBuilder();
        AppendRow(rows, "Request", SafeText.Of($"{request.Method} {request.Target}", 1000));
        AppendRow(rows, "Client", peer?.ToString() ?? "unknown");
        foreach (var (name, value) in Negotiated.Facts(session))
            AppendRow(rows, name, value);

        var steps = new StringBuilder();
        foreach (var step in path)
            steps.Append(CultureInfo.InvariantCulture, $"{Escape(step.ToString())}\n");

        return Document("TlsFsm", $"<table>\n{rows}</table>\n<h2>The way here</h2>\n<pre>\n{steps}</pre>\n");
    }

    private static string ErrorPage(HttpStatus status) => Document(status.ToString(), "");

    private static string Document(string title, string content) =>
        $"<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n{Style}</head>\n" +
        $"<body>\n<h1>{title}</h1>\n{content}</body>\n</html>\n";

    private static void AppendRow(StringBuilder rows, string name, string value) =>
        rows.Append(CultureInfo.InvariantCulture, $"<tr><th>{Escape(name)}</th><td>{Escape(value)}</td></tr>\n");

    // Much of the page is the client's own words: its request, its certificate, the name it asked for.
    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private const string Style =
        "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:50em;padding:0 1em}" +
        "th{text-align:left;padding-right:2em;vertical-align:top}pre{background:#f4f4f4;padding:1em;overflow-x:auto}</style>\n";
}
