using System.Text;
using TlsFsm.Core.Sessions;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>docs/sessions.md's table, as the code has it.</summary>
internal static class SessionTable
{
    private const string Begin = "<!-- The table is generated from TlsFsm.Core.Sessions.SessionBinding; do not edit. -->";
    private const string End = "<!-- Here ends the table. -->";

    public static string File { get; } = Path.Combine(Repository.Folder, "docs", "sessions.md");

    /// <summary>The file with the table that the code has.</summary>
    public static string Updated(string file)
    {
        var start = file.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        return file[..start] + "\n\n" + Text() + "\n" + file[file.IndexOf(End, StringComparison.Ordinal)..];
    }

    private static string Text()
    {
        var text = new StringBuilder();
        Section(text, "A client's, on both versions", SessionBinding.Client);
        text.Append('\n');
        Section(text, "A server's, on both versions", SessionBinding.Server);
        return text.ToString();
    }

    private static void Section<TOptions>(StringBuilder text, string title, IReadOnlyList<SessionDecision<TOptions>> decisions)
    {
        text.Append("### ").Append(title).Append("\n\n| option | on resumption | how |\n|---|---|---|\n");
        foreach (var one in decisions.Where(one => one.Fate != SessionFate.Free))
            text.Append("| `").Append(one.Option).Append("` | ").Append(Words(one.Fate)).Append(" | ").Append(one.How).Append(" |\n");

        text.Append("\nDecide nothing about a peer:\n");
        var line = "";
        foreach (var name in decisions.Where(one => one.Fate == SessionFate.Free).Select(one => $"`{one.Option}`"))
        {
            if (line.Length + name.Length > 130)
            {
                text.Append(line).Append(",\n");
                line = "";
            }

            line += line.Length == 0 ? name : $", {name}";
        }

        text.Append(line).Append(".\n");
    }

    private static string Words(SessionFate fate) => fate switch
    {
        SessionFate.Bound => "bound",
        SessionFate.AskedAgain => "asked again",
        SessionFate.Kept => "kept, compared",
        SessionFate.NoSession => "no session",
        _ => throw new ArgumentOutOfRangeException(nameof(fate)),
    };
}
