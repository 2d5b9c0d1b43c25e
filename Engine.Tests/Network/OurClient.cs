using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Our side as client, as a stream, with a deadline on every wait.</summary>
internal static class OurClient
{
    /// <summary>All checks on: the tests' root, the name that their certificates are for.</summary>
    public static TlsClientOptions Options(
        SslProtocols versions = Cases.Both, TlsCredential? credential = null, params string[] protocols) => new()
    {
        TargetHost = TestCertificates.Host,
        Verification = TestCertificates.Verification,
        EnabledProtocols = versions,
        Credential = credential,
        ApplicationProtocols = OurServer.Protocols(protocols),
    };

    public static async Task<TlsStream> OpenAsync(int port, TlsClientOptions? options = null) =>
        await TlsClient.OpenStreamAsync("127.0.0.1", port, options ?? Options()).WaitAsync(Wait.Limit);

    public static async Task<TlsStream> OpenAsync(Socket socket, TlsClientOptions? options = null) =>
        await TlsClient.OpenStreamAsync(socket, options ?? Options()).WaitAsync(Wait.Limit);

    /// <summary>A handshake that is expected to fail.</summary>
    public static async Task<TlsException> FailAsync(int port, TlsClientOptions? options = null) =>
        await FailAsync(OpenAsync(port, options));

    /// <inheritdoc cref="FailAsync(int, TlsClientOptions?)"/>
    public static async Task<TlsException> FailAsync(Task<TlsStream> opening)
    {
        try
        {
            await using var stream = await opening;
        }
        catch (TlsException failure)
        {
            return failure;
        }

        throw new AssertionException("The handshake succeeded.");
    }

    /// <summary>
    /// What the peer thinks of us. On TLS 1.3 our handshake is over before the server has judged our certificate: then the first read
    /// tells.
    /// </summary>
    public static async Task<TlsException> FailOrReadFailureAsync(Task<TlsStream> opening)
    {
        try
        {
            await using var stream = await opening;
            await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit);
        }
        catch (TlsException failure)
        {
            return failure;
        }

        throw new AssertionException("The peer did not mind.");
    }

    public static async Task WriteAsync(this Stream stream, string text) =>
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask().WaitAsync(Wait.Limit);

    /// <summary>Reads until <paramref name="text"/> has come.</summary>
    public static async Task<string> ReadUntilAsync(this Stream stream, string text)
    {
        var all = await stream.ReadUntilOrEndAsync(text);
        if (!all.Contains(text, StringComparison.Ordinal))
            throw new AssertionException($"The peer closed and never sent '{text}' but '{all}'.");

        return all;
    }

    /// <summary>Reads until <paramref name="text"/> has come, or the peer's end.</summary>
    public static async Task<string> ReadUntilOrEndAsync(this Stream stream, string text)
    {
        var all = new StringBuilder();
        var buffer = new byte[4096];
        while (!all.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer).AsTask().WaitAsync(Wait.Limit);
            if (count == 0)
                break;
            all.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return all.ToString();
    }

    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all).WaitAsync(Wait.Limit);
        return all.ToArray();
    }

    public static async Task<byte[]> ReadExactlyAsync(this Stream stream, int count)
    {
        var all = new byte[count];
        await stream.ReadExactlyAsync(all).AsTask().WaitAsync(Wait.Limit);
        return all;
    }

    /// <summary>Sends <paramref name="data"/> and reads as much at the same time.</summary>
    public static async Task<byte[]> ExchangeAsync(this Stream stream, byte[] data)
    {
        var sending = stream.WriteAsync(data).AsTask();
        var received = await stream.ReadExactlyAsync(data.Length);
        await sending.WaitAsync(Wait.Limit);
        return received;
    }
}
