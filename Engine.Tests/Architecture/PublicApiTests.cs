namespace TlsFsm.Tests.Architecture;

/// <summary>A change of the public surface is a change of a file that a reviewer sees.</summary>
public sealed class PublicApiTests
{
    [Test]
    public void The_public_surface_is_the_one_in_PublicApi_txt() =>
        GoldenFile.AssertIs(
            Path.Combine(Repository.Folder, "Engine.Tests", "Architecture", "PublicApi.txt"),
            PublicApi.Describe(typeof(TlsException).Assembly));
}
