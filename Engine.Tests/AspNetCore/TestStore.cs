using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Tests.AspNetCore;

/// <summary>A user's store of certificates with a name of its own, gone at the end. On Linux it is a folder.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly X509Store _store;

    public TestStore()
    {
        _store = new X509Store(Name, StoreLocation.CurrentUser);
        _store.Open(OpenFlags.ReadWrite);
    }

    public string Name { get; } = $"tlsfsm-tests-{Guid.NewGuid():N}";

    public void Add(X509Certificate2 certificate) => _store.Add(certificate);

    public void Remove(X509Certificate2 certificate) => _store.Remove(certificate);

    public void Dispose()
    {
        _store.RemoveRange(_store.Certificates);
        _store.Dispose();
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var folder = Path.Combine(home, ".dotnet", "corefx", "cryptography", "x509stores", Name);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
