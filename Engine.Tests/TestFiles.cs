using TlsFsm.Tests.Network;

namespace TlsFsm.Tests;

/// <summary>After all tests: the tool's tests use files of the network tests too.</summary>
[SetUpFixture]
public sealed class TestFiles
{
    [OneTimeTearDown]
    public void DeleteFiles() => PemFiles.DeleteAll();
}
