using System.Net;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Cli.Reporting;

/// <summary>Words on a page: a peer's among them mean nothing there.</summary>
internal static class Html
{
    public static string Of(string? text) => WebUtility.HtmlEncode(SafeText.Of(text ?? "", 2000));

    /// <summary>A table with a head.</summary>
    public static string Table(string[] head, IEnumerable<string[]> rows)
    {
        var body = string.Concat(rows.Select(row => $"<tr>{string.Concat(row.Select(cell => $"<td>{Of(cell)}</td>"))}</tr>\n"));
        return $"<div class=\"wide\"><table><thead><tr>{string.Concat(head.Select(cell => $"<th>{Of(cell)}</th>"))}</tr></thead>\n"
            + $"<tbody>{body}</tbody></table></div>\n";
    }
}
