namespace TlsFsm.Tests.Network;

/// <summary>Before and after all network tests.</summary>
[SetUpFixture]
public sealed class NetworkSetUp
{
    [OneTimeTearDown]
    public void DeleteFiles() => PemFiles.DeleteAll();
}
