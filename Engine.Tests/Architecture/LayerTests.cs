using System.Reflection;

namespace TlsFsm.Tests.Architecture;

/// <summary>Each layer keeps to its means: the two libraries stay where they belong, tasks with the hosts.</summary>
public sealed class LayerTests
{
    private static readonly Assembly Engine = typeof(TlsException).Assembly;

    private static IEnumerable<Type> Types =>
        Engine.GetTypes().Where(type => type.Namespace?.StartsWith("TlsFsm", StringComparison.Ordinal) == true);

    [Test]
    public void Every_type_lives_in_a_layer() =>
        Assert.That(Types.Where(type => LayerOf(type) is null), Is.Empty);

    [Test]
    public void Only_the_BouncyCastle_core_names_BouncyCastle() =>
        Assert.That(Users("Org.BouncyCastle"), Is.All.StartsWith("Core/BouncyCastle/"));

    [Test]
    public void Only_the_machines_name_Stateless()
    {
        var users = Users("Stateless").ToList();

        Assert.That(users, Is.Not.Empty, "the test no longer sees what it looks for");
        Assert.That(users, Is.All.StartsWith("Machines/"));
    }

    [TestCase("Org.BouncyCastle", "Core/BouncyCastle/")]
    [TestCase("using Stateless", "Machines/")]
    public void Sources_outside_its_folder_do_not_even_import_it(string text, string folder)
    {
        var engine = Path.Combine(Repository.Folder, "Engine");
        var wrong = from file in Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories)
                    let path = Path.GetRelativePath(engine, file).Replace('\\', '/')
                    where !path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith(folder, StringComparison.Ordinal)
                    where File.ReadAllText(file).Contains(text, StringComparison.Ordinal)
                    select path;

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Engine_knows_no_task_but_the_handshakes()
    {
        var tasks = from type in Types
                    where LayerOf(type) != "Hosting" && !IsCompilerGenerated(type)
                    from member in type.GetMembers(
                        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
                        | BindingFlags.DeclaredOnly)
                    where member is PropertyInfo or MethodBase { IsSpecialName: false } && !IsCompilerGenerated(member)
                    where Signature(member).Any(IsTask) && member is not PropertyInfo { Name: "Handshake" }
                        && (type.Name, member.Name) != ("HandshakeAwaiter", "Task")
                    select $"{type}.{member.Name}";

        Assert.That(tasks, Is.Empty);
    }

    [Test]
    public void Engine_has_no_async_method()
    {
        var asynchronous = from type in Types
                           where LayerOf(type) != "Hosting"
                           where type.GetInterfaces().Any(implemented => implemented.Name == "IAsyncStateMachine")
                           select type;

        Assert.That(asynchronous, Is.Empty);
    }

    [Test]
    public void What_is_public_shows_no_library()
    {
        var shown = from type in Engine.GetExportedTypes()
                    from member in type.GetMembers()
                    from part in Signature(member)
                    where part.Namespace is { } space
                        && (space.StartsWith("Org.BouncyCastle", StringComparison.Ordinal)
                            || space.StartsWith("Stateless", StringComparison.Ordinal))
                    select $"{type}.{member.Name}";

        Assert.That(shown, Is.Empty);
    }

    [Test]
    public void What_is_public_stands_in_one_namespace_and_nothing_else_does()
    {
        Assert.That(Engine.GetExportedTypes().Where(type => type.Namespace != "TlsFsm"), Is.Empty);
        Assert.That(Types.Where(type => type is { Namespace: "TlsFsm", IsVisible: false, IsNested: false }), Is.Empty);
    }

    private static IEnumerable<string> Users(string prefix) =>
        (from type in Types
         where TypeUses.Of(type).Any(used => used.Namespace?.StartsWith(prefix, StringComparison.Ordinal) == true)
         select $"{SourceFolders.Of(type)}/{type.Name}").Distinct();

    private static string? LayerOf(Type type) =>
        SourceFolders.Of(type) is { } folder && Rooms.LayerOf(folder) is var layer && Rooms.Layers.ContainsKey(layer) ? layer : null;

    private static IEnumerable<Type> Signature(MemberInfo member) => (member switch
    {
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(parameter => parameter.ParameterType)],
        ConstructorInfo constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType),
        _ => Array.Empty<Type>().AsEnumerable(),
    }).SelectMany(type => type.IsGenericType ? type.GetGenericArguments().Append(type) : [type]);

    private static bool IsTask(Type type) =>
        typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask)
            || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    private static bool IsCompilerGenerated(MemberInfo member) =>
        member.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false);
}
