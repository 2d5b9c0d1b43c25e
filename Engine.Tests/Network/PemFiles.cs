using System.Collections.Concurrent;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// A credential as PEM files, for tools that read files. Written once, in a folder that is deleted when the network tests are over.
/// </summary>
/// <param name="Leaf">The certificate alone.</param>
/// <param name="Chain">The certificate and its intermediates.</param>
/// <param name="Key">The private key, PKCS#8.</param>
/// <param name="Intermediates">The intermediates alone; null without any.</param>
internal sealed record PemFiles(string Leaf, string Chain, string Key, string? Intermediates)
{
    private static readonly ConcurrentDictionary<TlsCredential, Lazy<PemFiles>> Written = new();
    private static readonly Lazy<DirectoryInfo> Folder = new(() => Directory.CreateTempSubdirectory("tlsfsm-network-"));
    private static readonly Lazy<string> RootFile = new(() => Write("root.pem", TestCertificates.Root.ExportCertificatePem() + "\n"));
    private static int _count;

    /// <summary>The root that tests trust.</summary>
    public static string Root => RootFile.Value;

    public static PemFiles Of(TlsCredential credential) =>
        Written.GetOrAdd(credential, static credential => new Lazy<PemFiles>(() => WriteAll(credential))).Value;

    /// <summary>A file of a test's own.</summary>
    public static string Write(string name, string text)
    {
        var path = Path.Combine(Folder.Value.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A folder of a test's own.</summary>
    public static string NewFolder(string name) => Folder.Value.CreateSubdirectory(name).FullName;

    /// <summary>What openssl's s_client and s_server are told to present: their -cert takes the first certificate of a file only.</summary>
    public string[] OpenSslArguments() =>
        Intermediates is null ? ["-cert", Leaf, "-key", Key] : ["-cert", Leaf, "-key", Key, "-cert_chain", Intermediates];

    public static void DeleteAll()
    {
        if (Folder.IsValueCreated)
            Folder.Value.Delete(recursive: true);
    }

    private static PemFiles WriteAll(TlsCredential credential)
    {
        var number = Interlocked.Increment(ref _count);
        var leaf = credential.Certificate.ExportCertificatePem() + "\n";
        var chain = TestCertificates.ChainPem(credential);
        return new PemFiles(
            Write($"{number}-leaf.pem", leaf),
            Write($"{number}-chain.pem", chain),
            Write($"{number}-key.pem", TestCertificates.KeyPem(credential)),
            credential.Intermediates.Count == 0 ? null : Write($"{number}-intermediates.pem", chain[leaf.Length..]));
    }
}
