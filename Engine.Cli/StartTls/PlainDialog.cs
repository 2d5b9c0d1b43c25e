using System.Net.Sockets;
using System.Text;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.StartTls;

/// <summary>
/// What is said in the clear before TLS begins. Reads byte by byte and never one too many: whatever the server has sent behind its consent
/// stays in the socket, where the handshake meets it as bytes that are no TLS.
/// </summary>
/// <param name="socket">Connected; stays the caller's.</param>
internal sealed class PlainDialog(Socket socket)
{
    /// <summary>Bytes that a server may say before its consent: far more than any greeting has.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly byte[] _one = new byte[1];
    private int _read;

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
    }

    /// <summary>Sends a line and its end.</summary>
    public Task SendLineAsync(string line, CancellationToken cancellationToken) =>
        SendAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellationToken);

    /// <summary>One byte.</summary>
    /// <exception cref="CliException">The server has ended, or says more than <see cref="MaxBytes"/>.</exception>
    public async Task<byte> ReadByteAsync(CancellationToken cancellationToken)
    {
        if (++_read > MaxBytes)
            throw new CliException($"the server said more than {MaxBytes} bytes before TLS", ExitCode.Io);
        if (await socket.ReceiveAsync(_one, cancellationToken) == 0)
            throw new CliException("the server closed the connection before TLS", ExitCode.Io);

        return _one[0];
    }

    /// <summary>So many bytes.</summary>
    public async Task<byte[]> ReadAsync(int count, CancellationToken cancellationToken)
    {
        if (count > MaxBytes)
            throw new CliException($"the server announces a message of {count} bytes before TLS", ExitCode.Io);

        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = await ReadByteAsync(cancellationToken);
        return bytes;
    }

    /// <summary>A line without its end.</summary>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken) =>
        (await ReadUntilAsync(text => text.EndsWith('\n'), cancellationToken)).TrimEnd('\r', '\n');

    /// <summary>Text up to where it is enough.</summary>
    public async Task<string> ReadUntilAsync(Func<string, bool> isEnough, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        do
            text.Append((char)await ReadByteAsync(cancellationToken));
        while (text[^1] is not ('\n' or '>') || !isEnough(text.ToString()));
        return text.ToString();
    }

    /// <summary>A reply of SMTP or FTP, all its lines: the last has a space behind its number (RFC 5321 and RFC 959, 4.2).</summary>
    public async Task<string> ReadReplyAsync(string expected, CancellationToken cancellationToken)
    {
        var lines = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync(cancellationToken);
            lines.Append(line).Append('\n');
            var isNumbered = line.Length >= 3 && !line.AsSpan(0, 3).ContainsAnyExceptInRange('0', '9');
            if (!isNumbered || (line.Length > 3 && line[3] == '-'))
                continue;

            return line.StartsWith(expected, StringComparison.Ordinal)
                ? lines.ToString() : throw new CliException($"the server said '{line}' where {expected} was expected", ExitCode.Io);
        }
    }
}
