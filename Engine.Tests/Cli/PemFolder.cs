using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>PEM files for one test, deleted with it.</summary>
internal sealed class PemFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tlsfsm-cli");

    public PemFolder()
    {
        Root = Write("root.pem", TestCertificates.Root.ExportCertificatePem());
        OtherRoot = Write("other-root.pem", TestCertificates.OtherRoot.ExportCertificatePem());
        (Certificate, Key) = Write("server", TestCertificates.Server);
    }

    public string Root { get; }

    public string OtherRoot { get; }

    /// <summary>The server's chain.</summary>
    public string Certificate { get; }

    /// <summary>The server's key.</summary>
    public string Key { get; }

    /// <summary>The server's two options.</summary>
    public string[] Credential => ["--cert", Certificate, "--key", Key];

    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public (string Certificate, string Key) Write(string name, TlsCredential credential) =>
        (Write($"{name}.pem", TestCertificates.ChainPem(credential)), Write($"{name}.key", TestCertificates.KeyPem(credential)));

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
