using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TlsFsm.Samples.Ftps;

/// <summary>
/// FTP over TLS (RFC 4217): AUTH TLS on the control connection, PROT P for every data connection, passive mode (EPSV) only.
/// </summary>
/// <remarks>
/// Each data connection resumes the control connection's session, or fails: so both ends know that it is the same peer, which the address
/// does not prove. Servers may insist on it too (vsftpd with <c>require_ssl_reuse=YES</c>).
/// </remarks>
internal sealed class FtpsClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LineChannel _control;
    private readonly TlsClientOptions _dataOptions;
    private readonly IPEndPoint _server;

    private FtpsClient(LineChannel control, TlsClientOptions dataOptions, IPEndPoint server)
    {
        _control = control;
        _dataOptions = dataOptions;
        _server = server;
    }

    /// <summary>What the control connection's handshake settled.</summary>
    public string Protocol => $"{_control.Tls!.Session!.Protocol}, {_control.Tls.Session.CipherSuite}";

    /// <summary>Connects and protects the control connection; nothing but AUTH TLS is said in the clear.</summary>
    public static async Task<FtpsClient> ConnectAsync(string host, int port, CertificateVerification verification)
    {
        var options = new TlsClientOptions { TargetHost = host, Verification = verification, SessionCache = new MemorySessionCache() };
        var addresses = await Dns.GetHostAddressesAsync(host, AddressFamily.InterNetwork);
        var server = new IPEndPoint(addresses[0], port);
        var control = await LineChannel.OpenAsync(await DialAsync(server), Patience);
        try
        {
            (await Reply.ReadAsync(control)).Expect(220);
            (await Reply.ToAsync(control, "AUTH TLS")).Expect(234);
            await control.StartTlsAsync(BouncyCastleCore.CreateClient(options), options);
            var dataOptions = new TlsClientOptions
            {
                TargetHost = host, Verification = verification, SessionCache = options.SessionCache,
                RequireResumption = control.Tls!.Session,
            };
            return new FtpsClient(control, dataOptions, server);
        }
        catch
        {
            await control.DisposeAsync();
            throw;
        }
    }

    public async Task LogInAsync(string user, string password)
    {
        if ((await SayAsync($"USER {user}", 230, 232, 331)).Code == 331)
            await SayAsync($"PASS {password}", 230, 202);
        await SayAsync("PBSZ 0", 200);
        await SayAsync("PROT P", 200);
        await SayAsync("TYPE I", 200);
    }

    /// <returns>The server's list, as it is.</returns>
    public async Task<string> ListAsync()
    {
        using var list = new MemoryStream();
        await TransferAsync("LIST", data => data.CopyToAsync(list));
        return Encoding.Latin1.GetString(list.GetBuffer(), 0, (int)list.Length);
    }

    /// <summary>Fetches a file. A data connection that was cut off is an error: TLS says where the file ends.</summary>
    public Task GetAsync(string name, Stream into) => TransferAsync($"RETR {name}", data => data.CopyToAsync(into));

    public Task PutAsync(Stream from, string name) => TransferAsync($"STOR {name}", from.CopyToAsync);

    /// <summary>
    /// Gives up the protection of the control connection (CCC), for firewalls that read along. Data connections stay protected.
    /// </summary>
    public async Task ClearControlChannelAsync()
    {
        // Before the command: the server may say close_notify right behind its reply.
        await _control.ExpectPlaintextAsync();
        var reply = await Reply.ToAsync(_control, "CCC");
        if (reply.Code != 200)
            await _control.ForgetPlaintextAsync();
        reply.Expect(200);
        await _control.StopTlsAsync();
    }

    public Task QuitAsync() => SayAsync("QUIT", 221);

    public ValueTask DisposeAsync() => _control.DisposeAsync();

    private async Task TransferAsync(string command, Func<Stream, Task> transfer)
    {
        var passive = await SayAsync("EPSV", 229);
        using var socket = await DialAsync(new IPEndPoint(_server.Address, PortOf(passive.Lines[^1])));
        await SayAsync(command, 125, 150);
        await using (var data = await TlsClient.OpenStreamAsync(socket, _dataOptions))
        {
            await transfer(data);

            // close_notify, so that the server knows the end of the file from a cut.
            await data.ShutdownAsync();
        }

        (await Reply.ReadAsync(_control)).Expect(226, 250);
    }

    private async Task<Reply> SayAsync(string command, params int[] expected) => (await Reply.ToAsync(_control, command)).Expect(expected);

    /// <summary>RFC 2428 section 3: <c>229 text (|||port|)</c>.</summary>
    private static int PortOf(string line)
    {
        var parts = line.Split('|');
        return parts.Length == 5 && ushort.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new IOException($"The server's port is not to be found in '{line}'.");
    }

    private static async Task<Socket> DialAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var timeout = new CancellationTokenSource(Patience);
            await socket.ConnectAsync(endPoint, timeout.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
