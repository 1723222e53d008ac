"""Names to draw people from: each origin with its languages. Combinations are random, so any likeness is chance."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Origin:
    """First and family names that go together, and the language (BCP 47) that these people asked to be written in."""

    share: float
    language: str
    first: tuple[str, ...]
    last: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


BRITISH = Origin(
    0.60,
    "en-GB",
    _words(
        "Alice Amelia Anna Beth Bridget Callum Carys Catrin Charlotte Chloe Connor Craig Daisy Dylan Eilidh "
        "Eleanor Ellie Emily Ewan Fiona Fraser Freya Gareth George Grace Hamish Hannah Harriet Harry Hazel "
        "Imogen Isla Jack Jamie Jenny Joe Josie Kate Keir Laura Lewis Liam Lily Lucy Megan Mia Molly Morag "
        "Nathan Niamh Noah Nora Oliver Olivia Orla Owen Patrick Poppy Rachel Rhys Robyn Rory Rosie Ruby Ruth "
        "Sally Sam Sean Siobhan Sophie Stuart Tess Thea Theo Toby Tom Una Wendy Will Zoe"
    ),
    _words(
        "Abbott Ackroyd Ainsley Applegarth Ashdown Atherton Barraclough Beckwith Birtles Blakeley Bramhall "
        "Brearley Broadbent Burnside Calder Carrick Chadwick Cleeve Colborne Coverdale Cragg Crowther Dalby "
        "Denholm Dewhurst Dinsdale Drummond Dunmore Eastwick Eccles Elsworth Fairbairn Farnham Fenwick Firth "
        "Garside Gledhill Greenhalgh Hallam Hargreave Hartnell Haverill Hebden Heseltine Holroyd Horsfall "
        "Illingworth Ingleby Jessop Kellaway Kirkbride Lockwood Longbottom Lumley Maddox Mallinson Marsden "
        "Mellor Midgley Nettleton Nuttall Oakshott Oldroyd Ormerod Penhallow Pickersgill Pritchard Quarmby "
        "Ramsbottom Ravenscroft Redfearn Rishworth Rowntree Rushworth Saltmarsh Shackleton Sheard Skelton "
        "Stainforth Sugden Sutcliffe Tattersall Thackray Thirkell Threlfall Tolson Trevelyan Uttley Varley "
        "Wadsworth Wainscott Walmsley Whiteley Wigglesworth Winterbottom Woodhead Wormald Yeadon"
    ),
)
SOUTH_ASIAN = Origin(
    0.09,
    "en-GB",
    _words(
        "Aisha Amir Ananya Arun Bilal Deepa Farah Hamza Imran Ishaan Jasmin Kavya Leena Meera Nadia Nikhil "
        "Parveen Rahul Rohan Saira Samir Tariq Usha Vikram Zara"
    ),
    _words(
        "Ahluwalia Anand Bhatt Chaudhry Dasgupta Desai Gill Hussain Iqbal Joshi Kapadia Khatri Lakhani Mehta "
        "Mirza Nair Parmar Qureshi Rana Saeed Sethi Thakkar Vaidya"
    ),
)
WEST_AFRICAN = Origin(
    0.06,
    "en-GB",
    _words(
        "Abena Ada Ayo Chidi Chioma Ebo Efua Emeka Femi Ifeoma Kofi Kwame Maya Ngozi Nneka Obinna Oluwaseun "
        "Sade Tobi Tunde Yaa Zainab"
    ),
    _words(
        "Acheampong Adebayo Adeyemi-Clarke Afolabi Agyeman Amadi Asante Balogun Boateng Danso Eze Ibekwe "
        "Mensah-Boadu Nwosu Obi Odukoya Okafor Okonjo Oyelaran Sarpong Uche"
    ),
)
POLISH = Origin(
    0.05,
    "pl",
    _words(
        "Agnieszka Aleksandra Bartek Beata Ewa Grzegorz Jakub Joanna Kasia Krzysztof Magda Marek Michał "
        "Monika Ola Paweł Piotr Tomasz Wojciech Zofia"
    ),
    _words(
        "Adamczyk Baran Czerwińska Dudek Gajda Jabłońska Kaczmarek Kozłowska Krawczyk Lis Majewska Nowicki "
        "Pawlak Sikora Sobczak Szulc Urban Wilk Zając Zawadzka"
    ),
)
FRENCH = Origin(
    0.045,
    "fr",
    _words(
        "Adèle Antoine Baptiste Camille Chloé Clément Élise Étienne Florence Gaël Inès Jules Léa Louise Manon "
        "Mathis Noémie Rémi Solène Théo"
    ),
    _words(
        "Aubry Beaumont Caron Delmas Fabre Fontaine Girard Guérin Lacroix Lefèvre Marchand Moulin Perrot "
        "Poirier Renaud Rivière Roussel Tessier Vasseur"
    ),
)
GERMAN = Origin(
    0.04,
    "de",
    _words(
        "Anke Annika Birgit Britta Carsten Daniel Dörte Florian Franziska Greta Hannes Heike Ingrid Jens "
        "Jonas Jürgen Katrin Klara Lennart Marlies Nils Petra Ruth Sabine Sören Stefan Torben Ulrike Uwe "
        "Wiebke"
    ),
    _words(
        "Albers Baumgart Behnke Böttcher Brandt Dierks Ebeling Feddersen Gerdes Großmann Hinrichs Jahnke "
        "Kessler Krüger Lüders Möller Nissen Oltmann Petersen Rehbein Sommerfeld Thießen Ulrich Voß Wiechert "
        "Zander"
    ),
)
IBERIAN = Origin(
    0.045,
    "es",
    _words(
        "Ana Beatriz Bruno Carmen Catarina Diego Duarte Elena Filipa Gonzalo Inês Irene Javier Joana Leonor "
        "Lucía Marta Miguel Nuno Pilar Rosa Rui Tiago"
    ),
    _words(
        "Aguirre Barros Cabrera Carvalho Castelo Domínguez Esteves Fuentes Gaspar Herrero Ibáñez Lobo Lucero "
        "Marín Navas Pacheco Queiroz Rebelo Sáez Teixeira Valverde"
    ),
)
ITALIAN = Origin(
    0.03,
    "it",
    _words(
        "Alessia Beatrice Chiara Davide Elisa Fabio Giada Giulia Lorenzo Luca Marta Nicolò Paola Sara Silvia "
        "Stefano Tommaso"
    ),
    _words(
        "Barbieri Caruso Colombo Ferri Galli Greco Longo Marchetti Neri Pellegrini Rinaldi Russo Serra Testa "
        "Valentini Vitale"
    ),
)
CHINESE = Origin(
    0.025,
    "zh",
    _words("Ailin Bo Chen Fang Hao Jia Jun Lan Li Mei Min Qing Rui Shan Wei Xin Yan Yu Zhen"),
    _words("Cai Deng Fung Gao Ho Jiang Kwok Lau Leung Luo Peng Shen Tsang Xu Yip Zhang Zhou"),
)
ARABIC_TURKISH = Origin(
    0.02,
    "en-GB",
    _words(
        "Ayşe Burak Deniz Elif Emre Fatima Hassan Karim Khalid Leila Mariam Mehmet Noor Omar Rana Salma Yara "
        "Yusuf Zeynep"
    ),
    _words("Arslan Aydın Aziz Demir Farouk Haddad Idris Kaya Khoury Mansour Najjar Osman Rahal Şahin Salim Yıldız"),
)
NORDIC = Origin(
    0.015,
    "sv",
    _words("Alva Annika Astrid Axel Elin Erik Freja Hugo Ida Johan Linnéa Magnus Maja Nils Saga Sofia Tuva Viggo"),
    _words("Bergdahl Dahlgren Ekström Forsberg Holm Lind Lindqvist Nyström Rask Sandvik Sjöberg Strand Wallin Åkesson"),
)
ORIGINS = (
    BRITISH,
    SOUTH_ASIAN,
    WEST_AFRICAN,
    POLISH,
    FRENCH,
    GERMAN,
    IBERIAN,
    ITALIAN,
    CHINESE,
    ARABIC_TURKISH,
    NORDIC,
)


def draw(rng: Random, origins: tuple[Origin, ...], taken: set[str]) -> tuple[str, Origin]:
    """A full name that nobody in ``taken`` has yet (a few may repeat when the lists run out), and where it is from."""
    origin = rng.choices(origins, [origin.share for origin in origins])[0]
    name = ""
    for _ in range(8):
        name = f"{rng.choice(origin.first)} {rng.choice(origin.last)}"
        if name not in taken:
            break
    taken.add(name)
    return name, origin
