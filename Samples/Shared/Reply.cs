using System.Globalization;

namespace TlsFsm.Samples;

/// <summary>A reply as SMTP (RFC 5321 section 4.2) and FTP (RFC 959 section 4.2) have it: a code, and one line or several.</summary>
internal sealed record Reply(int Code, IReadOnlyList<string> Lines)
{
    // As many as any greeting or list of features needs.
    private const int MaxLines = 200;

    /// <summary>Reads one, to its last line.</summary>
    public static async Task<Reply> ReadAsync(LineChannel channel)
    {
        var lines = new List<string>();
        do
        {
            lines.Add(await channel.ReadLineAsync() ?? throw new IOException("The server ended the connection in place of a reply."));
            if (lines.Count > MaxLines)
                throw new IOException($"The server's reply has more than {MaxLines} lines.");
        }
        while (!IsLast(lines[0], lines[^1]));

        return new Reply(int.Parse(lines[0].AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture), lines);
    }

    /// <summary>Sends a command and reads the reply to it.</summary>
    public static Task<Reply> ToAsync(LineChannel channel, string command)
    {
        // A command is one line: what the caller puts in must not become two.
        if (command.AsSpan().ContainsAny('\r', '\n'))
            throw new ArgumentException("A command must not contain a line break.", nameof(command));

        channel.WriteLine(command);
        return ReadAsync(channel);
    }

    /// <summary>This reply, if it has one of the codes.</summary>
    /// <exception cref="IOException">It has another.</exception>
    public Reply Expect(params ReadOnlySpan<int> codes) =>
        codes.Contains(Code) ? this : throw new IOException($"The server refuses: {string.Join(" / ", Lines)}");

    private static bool IsLast(string first, string line)
    {
        if (first.Length < 3 || !first.AsSpan(0, 3).ContainsOnlyDigits())
            throw new IOException($"Not a reply: '{first}'.");

        return line.Length >= 3 && line.AsSpan(0, 3).SequenceEqual(first.AsSpan(0, 3)) && (line.Length == 3 || line[3] == ' ');
    }
}

internal static class Digits
{
    public static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}
