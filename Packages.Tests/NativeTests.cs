using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace TlsFsm.Packages.Tests;

/// <summary>
/// A small client (<c>Native/</c>) made to a native program, with everything cut off that it does not reach: without a warning, and it
/// still speaks with OpenSSL.
/// </summary>
/// <remarks>Without the optimizer, which has no warnings of its own and takes half of the time.</remarks>
[CancelAfter(600_000)]
public sealed partial class NativeTests
{
    private string _folder = "";

    private string Program => Path.Combine(_folder, "native-client");

    [OneTimeSetUp]
    public async Task PublishAsync()
    {
        Need.Program("openssl");
        Need.AnyProgram("what links native programs", "clang", "gcc");
        _folder = Directory.CreateTempSubdirectory("tlsfsm-native-").FullName;
        var project = Path.Combine(ContentTests.Folder, "..", "Packages.Tests", "Native");

        // What an earlier run has made of a package of the same number must not stand in for this one.
        foreach (var made in (string[])["bin", "obj"])
        {
            if (Directory.Exists(Path.Combine(project, made)))
                Directory.Delete(Path.Combine(project, made), recursive: true);
        }

        var (code, output) = await ChildProcess.RunAsync(
            "dotnet", "publish", project, "-c", "Release", "--use-current-runtime", "-o", _folder, "-nodeReuse:false",
            "-p:UseSharedCompilation=false", "-p:Optimize=false", "-p:NativeDebugSymbols=false");

        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Not.Match("(?i)warning"));
    }

    [OneTimeTearDown]
    public void Remove()
    {
        if (_folder.Length > 0)
            Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void It_is_one_file_that_needs_no_runtime() =>
        Assert.That(Directory.GetFiles(_folder).Select(Path.GetFileNameWithoutExtension), Is.EqualTo(new[] { "native-client" }));

    [Test]
    public async Task It_speaks_with_OpenSSL_and_resumes([Values("Tls12", "Tls13")] string version)
    {
        var certificate = Path.Combine(_folder, $"{version}.pem");
        var key = Path.Combine(_folder, $"{version}.key");
        await File.WriteAllTextAsync(certificate, Certificates.Server.ExportCertificatePem());
        using (var privateKey = Certificates.Server.GetECDsaPrivateKey()!)
            await File.WriteAllTextAsync(key, privateKey.ExportPkcs8PrivateKeyPem());
        using var server = Process.Start(new ProcessStartInfo(
            "openssl", ["s_server", "-accept", "0", "-www", "-cert", certificate, "-key", key]) { RedirectStandardOutput = true })!;
        try
        {
            var port = await PortOfAsync(server);
            var (code, output) = await ChildProcess.RunAsync(Program, port.ToString(CultureInfo.InvariantCulture), certificate, version);

            Assert.That(code, Is.Zero, output);
            Assert.That(output.ReplaceLineEndings("\n"), Does.Match(
                $"^HTTP/1.0 200 ok: {version}, \\w+, new\nHTTP/1.0 200 ok: {version}, \\w+, resumed\n$"));
        }
        finally
        {
            server.Kill();
            File.Delete(certificate);
            File.Delete(key);
        }
    }

    private static async Task<int> PortOfAsync(Process server)
    {
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            if (PortLine().Match(line) is { Success: true } match)
                return int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        }

        throw new InvalidOperationException("openssl s_server has ended before it listened.");
    }

    [GeneratedRegex("^ACCEPT .*:([0-9]+)$")]
    private static partial Regex PortLine();
}
