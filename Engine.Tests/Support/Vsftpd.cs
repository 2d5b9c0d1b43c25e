namespace TlsFsm.Tests.Support;

/// <summary>
/// vsftpd with a folder of its own: anonymous, everything under TLS, data connections only when they resume the control connection's
/// session.
/// </summary>
internal sealed class Vsftpd : IAsyncDisposable
{
    private readonly ExternalTool _tool;

    private Vsftpd(ExternalTool tool, int port, string root) => (_tool, Port, Root) = (tool, port, root);

    public int Port { get; }

    /// <summary>What it serves: there is a file "a-file.txt", and what clients store.</summary>
    public string Root { get; }

    /// <summary>Comes back once it listens.</summary>
    /// <param name="folder">For its configuration and its files.</param>
    /// <param name="certificate">PEM, the chain.</param>
    /// <param name="key">PEM.</param>
    public static async Task<Vsftpd> StartAsync(string folder, string certificate, string key)
    {
        if (Environment.UserName != "root")
            Assert.Ignore("vsftpd reads only configurations of root's.");
        ExternalTool.Require("vsftpd");

        var root = Directory.CreateDirectory(Path.Combine(folder, "ftp")).FullName;
        await File.WriteAllTextAsync(Path.Combine(root, "a-file.txt"), "content");
        var port = Loopback.FreePort();
        var configuration = Path.Combine(folder, "vsftpd.conf");
        await File.WriteAllTextAsync(configuration, $"""
            listen=YES
            listen_address=127.0.0.1
            listen_port={port}
            background=NO
            anonymous_enable=YES
            local_enable=NO
            anon_root={root}
            anon_world_readable_only=NO
            anon_upload_enable=YES
            write_enable=YES
            ftp_username=root
            run_as_launching_user=YES
            seccomp_sandbox=NO
            ssl_enable=YES
            allow_anon_ssl=YES
            force_anon_logins_ssl=YES
            force_anon_data_ssl=YES
            require_ssl_reuse=YES
            strict_ssl_read_eof=YES
            ssl_ciphers=HIGH
            rsa_cert_file={certificate}
            rsa_private_key_file={key}

            """.ReplaceLineEndings("\n"));

        var server = new Vsftpd(ExternalTool.Start("vsftpd", configuration), port, root);
        using var timeout = new CancellationTokenSource(ExternalTool.Patience);
        using var first = await Loopback.DialAsync(port, timeout.Token);
        return server;
    }

    public ValueTask DisposeAsync() => _tool.DisposeAsync();
}
