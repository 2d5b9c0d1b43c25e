using System.Reflection;
using System.Xml.Linq;
using TlsFsm.Packaging;

namespace TlsFsm.Tests.Packaging;

/// <summary>Packages tell of what their readers can use, of all of it, and of nothing else.</summary>
public sealed class PublicDocumentationTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly Engine = typeof(TlsConnection).Assembly;

    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("tlsfsm-documentation-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Only_what_a_program_can_name_is_left_and_nothing_of_it_is_lost()
    {
        var whole = Path.ChangeExtension(Engine.Location, ".xml");
        var result = Path.Combine(_folder, "TlsFsm.xml");

        PublicDocumentation.Write(Engine.Location, whole, result);

        var (before, after) = (NamesIn(whole), NamesIn(result));
        var lost = before.Except(after).ToList();
        Assert.That(after, Is.SubsetOf(before));
        Assert.That(after.Where(name => !CanBeNamed(name)), Is.Empty, "is for nobody");
        Assert.That(lost.Where(name => CanBeNamed(name) && !HasHiddenNamesake(name)), Is.Empty, "is lost");
        Assert.That(lost, Has.Count.GreaterThan(after.Count / 2), "there is much that is nobody's business");
        Assert.That(
            Engine.GetExportedTypes().Select(type => $"T:{type.FullName!.Replace('+', '.')}"), Is.SubsetOf(after));
    }

    [Test]
    public void Kinds_of_names_are_those_of_the_compiler()
    {
        var whole = Path.Combine(_folder, "whole.xml");
        var result = Path.Combine(_folder, "result.xml");
        string[] visible =
        [
            "T:TlsFsm.TlsStream",
            "P:TlsFsm.TlsConnection.State",
            "M:TlsFsm.TlsStream.ReadAsync(System.Memory{System.Byte},System.Threading.CancellationToken)",
            "M:TlsFsm.TlsStream.Read(System.Byte[],System.Int32,System.Int32)",
            "F:TlsFsm.TlsState.Wrapped",
            "M:TlsFsm.TlsDecisions.AtOnce``2(System.Func{``0,``1})",
        ];
        string[] hidden = ["T:TlsFsm.Core.ITlsCoreOfOurs", "M:TlsFsm.TlsStream.Read(System.Int64)", "F:TlsFsm.TlsStream._connection"];
        var members = visible.Concat(hidden).Select(name => new XElement("member", new XAttribute("name", name)));
        new XElement("doc", new XElement("members", members)).Save(whole);

        PublicDocumentation.Write(Engine.Location, whole, result);

        Assert.That(NamesIn(result), Is.EquivalentTo(visible));
    }

    [Test]
    public void Documentation_of_another_assembly_is_refused()
    {
        var whole = Path.Combine(_folder, "whole.xml");
        new XElement("doc", new XElement("members", new XElement("member", new XAttribute("name", "T:Another.Library")))).Save(whole);

        Assert.That(
            () => PublicDocumentation.Write(Engine.Location, whole, Path.Combine(_folder, "result.xml")),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(whole));
    }

    private static HashSet<string> NamesIn(string file) =>
        [.. XDocument.Load(file).Descendants("member").Select(member => member.Attribute("name")!.Value)];

    // By reflection, and by names alone: another way than the one that is tested.
    private static bool CanBeNamed(string name)
    {
        var path = name[2..].Split('(')[0];
        if (name[0] == 'T')
            return Type(path) is { IsVisible: true };

        var at = path.LastIndexOf('.');
        return Type(path[..at]) is { IsVisible: true } owner && MembersOf(owner, path[(at + 1)..]).Any(IsSeen);
    }

    // One overload may be seen where another is not.
    private static bool HasHiddenNamesake(string name)
    {
        var path = name[2..].Split('(')[0];
        var at = path.LastIndexOf('.');
        return name[0] == 'M' && MembersOf(Type(path[..at])!, path[(at + 1)..]).Any(member => !IsSeen(member));
    }

    private static MemberInfo[] MembersOf(Type owner, string name) =>
        owner.GetMember(name.Split('`')[0].Replace('#', '.'), Declared);

    private static bool IsSeen(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsSeen),
        EventInfo @event => IsSeen(@event.AddMethod!),
        _ => true,
    };

    private static Type? Type(string path)
    {
        // The last points may be those of types in types.
        for (var name = path; ;)
        {
            if (Engine.GetType(name) is { } type)
                return type;
            if (name.LastIndexOf('.') is not (> 0 and var at))
                return null;
            name = $"{name[..at]}+{name[(at + 1)..]}";
        }
    }
}
