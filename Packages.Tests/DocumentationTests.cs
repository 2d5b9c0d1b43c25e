using System.Reflection;
using System.Xml.Linq;
using NUnit.Framework;

namespace TlsFsm.Packages.Tests;

/// <summary>The documentation in a package is that of its public members: what its assembly shows, and all types of it.</summary>
public sealed class DocumentationTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [TestCase("TlsFsm", typeof(TlsConnection))]
    [TestCase("TlsFsm.AspNetCore", typeof(AspNetCore.ITlsFsmFeature))]
    [TestCase("TlsFsm.DataProtection", typeof(DataProtection.DataProtectionTicketKeyRing))]
    [TestCase("TlsFsm.Sodium", typeof(SodiumExtensions))]
    public void Nothing_that_is_described_is_hidden_and_no_type_is_left_out(string name, Type one)
    {
        using var package = ContentTests.Open(name);
        using var file = package.GetEntry($"lib/net10.0/{name}.xml")!.Open();
        var described = XDocument.Load(file).Descendants("member").Select(member => member.Attribute("name")!.Value).ToList();
        var types = one.Assembly.GetExportedTypes().ToDictionary(type => type.FullName!.Replace('+', '.'));

        Assert.That(described.Where(member => !IsSeen(types, member)), Is.Empty);

        // What the compiler makes for extension members has no comment.
        Assert.That(
            types.Keys.Where(type => !type.Contains('<') && !described.Contains($"T:{type}")), Is.Empty);
    }

    private static bool IsSeen(Dictionary<string, Type> types, string member)
    {
        var path = member[2..].Split('(')[0];
        if (member[0] == 'T')
            return types.ContainsKey(path);

        var at = path.LastIndexOf('.');
        return types.TryGetValue(path[..at], out var owner)
            && owner.GetMember(path[(at + 1)..].Split('`')[0].Replace("#", "."), Declared).Any(IsSeen);
    }

    private static bool IsSeen(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsSeen),
        EventInfo @event => IsSeen(@event.AddMethod!),
        _ => true,
    };
}
