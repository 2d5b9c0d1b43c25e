using System.Globalization;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>SIGHUP, which only a process of its own can be sent.</summary>
internal sealed class ReloadTests
{
    [Test]
    public async Task A_server_that_is_hung_up_shows_OpenSSL_the_new_certificate_and_goes_on()
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("There is no SIGHUP on Windows; a changed file is taken there as well.");
        ExternalTool.Require("openssl");
        using var files = new PemFolder();
        await using var server = ExternalTool.Start(
            "dotnet", ["exec", typeof(TlsFsm.Cli.Terminal).Assembly.Location, "serve", "0", "--listen", "127.0.0.1", .. files.Credential]);
        await server.WaitForAsync("listening on 127.0.0.1:");
        var port = server.Output.Split("listening on 127.0.0.1:")[1].Split('\n')[0].Trim();
        var before = await PresentedAsync(port);

        // With nothing changed, only the signal can be the reason.
        await HangUpAsync(server);
        await server.WaitForAsync(new Regex(@"were read again\r?\n"));
        files.Write("server", TestCertificates.ServerWith(TestKey.Rsa2048));
        await HangUpAsync(server);
        await server.WaitForAsync(new Regex(@"(were read again\r?\n[^$]*){2}"));
        var after = await PresentedAsync(port);

        Assert.That(before, Does.Contain(TestCertificates.Server.Certificate.ExportCertificatePem()));
        Assert.That(after, Does.Contain(TestCertificates.ServerWith(TestKey.Rsa2048).Certificate.ExportCertificatePem()));
    }

    private static async Task HangUpAsync(ExternalTool process) =>
        await ExternalTool.RunAsync("kill", "", "-HUP", process.Id.ToString(CultureInfo.InvariantCulture));

    private static async Task<string> PresentedAsync(string port) =>
        (await ExternalTool.RunAsync("openssl", "", "s_client", "-connect", $"127.0.0.1:{port}", "-servername", "localhost")).Output
        .ReplaceLineEndings("\n");
}
