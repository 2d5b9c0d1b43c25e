using TlsFsm.AspNetCore;
using TlsFsm.DataProtection;

namespace TlsFsm.Tests.Architecture;

/// <summary>A change of the public surface is a change of a file that a reviewer sees: one for each package that is a library.</summary>
public sealed class PublicApiTests
{
    [TestCase(typeof(TlsException), "PublicApi.txt")]
    [TestCase(typeof(ITlsFsmFeature), "PublicApi.AspNetCore.txt")]
    [TestCase(typeof(DataProtectionTicketKeyRing), "PublicApi.DataProtection.txt")]
    [TestCase(typeof(SodiumExtensions), "PublicApi.Sodium.txt")]
    public void The_public_surface_is_the_one_in_its_file(Type one, string file)
    {
        var path = Path.Combine(Repository.Folder, "Engine.Tests", "Architecture", file);
        if (GoldenFile.IsUpdate && !File.Exists(path))
            File.WriteAllText(path, "");

        GoldenFile.AssertIs(path, PublicApi.Describe(one.Assembly));
    }
}
